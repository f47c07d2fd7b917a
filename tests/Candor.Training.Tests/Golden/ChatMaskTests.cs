using System.Text.Json;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Training.Tests.Golden;

/// <summary>Which tokens of conversations and completions count, against the reference.</summary>
public sealed class ChatMaskTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<int> Chats => Cases("masks.json");

    public static TheoryData<int> Completions => Cases("prompt-completion.json");

    [Theory]
    [MemberData(nameof(Chats))]
    public void TheAssistantsTokensCount(int number)
    {
        JsonElement golden = Bases.Json("chat/masks.json"), item = golden.GetProperty("cases")[number];
        string template = golden.GetProperty("templates").GetProperty(item.GetProperty("template").GetString()!).GetString()!;
        int[] ids = Ints(item, "input_ids");
        string line = $$"""{"messages": {{JsonSerializer.Serialize(item.GetProperty("messages"))}}}""";
        var reader = new DocumentReader(
            new AnswerReader(Tokenizer(), ChatTemplate.Parse(template), ids[0], 2) { SpecialTokens = new Dictionary<string, string> { ["eos_token"] = golden.GetProperty("eos_token").GetString()! } }, answersOnly: true);
        int[] mask = Ints(item, "assistant_mask");
        if (mask.All(m => m == 0))
        {
            Assert.Contains("nothing counts", Assert.Throws<TrainingException>(() => reader.Read(folder.Write("chat.jsonl", line)).ToArray()).Message, StringComparison.Ordinal);
            return;
        }

        Document document = Assert.Single(reader.Read(folder.Write("chat.jsonl", line)));
        string counted = string.Concat(item.GetProperty("masked_text").GetString());
        if (item.GetProperty("messages").EnumerateArray().Any(m => m.GetProperty("content").GetString()!.Contains("<|", StringComparison.Ordinal)))
        {
            // The reference takes the name of a special token in someone's words for the token; here it stays text.
            Assert.Equal(counted, Tokenizer().Decode([.. document.Ids.Where((_, i) => document.Counts[i])]));
            Assert.NotEqual(ids, document.Ids);
            return;
        }

        Assert.Equal(ids, document.Ids);
        Assert.Equal(mask.Select(m => m != 0), document.Counts);
        Assert.Equal(Ints(item, "labels")[1..].Select(l => l == -100 ? -1 : l), document.Targets.SkipLast(1));
        GoldenTable.Passed("training", "chat", $"masks {number}");
    }

    [Theory]
    [MemberData(nameof(Completions))]
    public void CompletionsCountFromWhereTokensPart(int number)
    {
        JsonElement item = Bases.Json("chat/prompt-completion.json").GetProperty("cases")[number];
        string line = $$"""{"prompt": {{JsonSerializer.Serialize(item.GetProperty("prompt"))}}, "completion": {{JsonSerializer.Serialize(item.GetProperty("completion"))}}}""";
        Document document = Assert.Single(new DocumentReader(new AnswerReader(Tokenizer(), null, 0, 2), answersOnly: true).Read(folder.Write("completion.jsonl", line)));
        // Ours begin with the token that begins a text.
        Assert.Equal([0, .. Ints(item, "input_ids")], document.Ids);
        Assert.Equal(Ints(item, "completion_mask").Select(m => m != 0), document.Counts[1..]);
        GoldenTable.Passed("training", "chat", $"completion {number}");
    }

    private static TheoryData<int> Cases(string file) =>
        Shared.Oracle is null ? [] : [.. Enumerable.Range(0, Bases.Json("chat/" + file).GetProperty("cases").GetArrayLength())];

    private static JsonTokenizer Tokenizer() => JsonTokenizer.Load(Shared.RequireOracle("training", "chat", "tokenizer.json"));

    private static int[] Ints(JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(x => x.GetInt32())];
}

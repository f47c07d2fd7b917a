using System.Text.Json;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Training;

/// <summary>A prompt with a better and a worse answer.</summary>
/// <param name="Better">The better one.</param>
/// <param name="Worse">The worse one.</param>
public sealed record AnswerPair(PromptedAnswer Better, PromptedAnswer Worse);

/// <summary>A prompt with an answer that is good or bad.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Good">Whether it is good.</param>
public sealed record LabelledAnswer(PromptedAnswer Answer, bool Good);

/// <summary>
/// Makes prompted answers of data: <c>prompt</c> with <c>chosen</c> and <c>rejected</c>, or with <c>completion</c> and <c>label</c>. Each is a text, or a
/// list of messages that goes through the chat template. An answer begins where the tokens of prompt and of prompt with answer part.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="template">The chat template, or null where there are no messages.</param>
/// <param name="begin">The token before a prompt.</param>
/// <param name="end">The token after an answer that is a text.</param>
public sealed class AnswerReader(Tokenizer tokenizer, ChatTemplate? template, int begin, int end)
{
    /// <summary>Special tokens by role (<c>bos_token</c>, <c>eos_token</c>, …), as templates see them. Default: none.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>The tokenizer.</summary>
    internal Tokenizer Tokenizer => tokenizer;

    /// <summary>The token before a text.</summary>
    internal int Begin => begin;

    /// <summary>The token after a text.</summary>
    internal int End => end;

    /// <summary>The pair of an entry.</summary>
    /// <exception cref="TrainingException">It cannot be read.</exception>
    internal AnswerPair Pair(DataEntry entry)
    {
        (JsonElement json, string place) = (Object(entry), entry.Place);
        if (!json.TryGetProperty("chosen", out JsonElement chosen) || !json.TryGetProperty("rejected", out JsonElement rejected)) throw new TrainingException($"{place}: has not both chosen and rejected");
        JsonElement prompt = json.TryGetProperty("prompt", out JsonElement given) ? given : default;
        return new AnswerPair(Answer(prompt, chosen, place).Answer, Answer(prompt, rejected, place).Answer);
    }

    /// <summary>The labelled answers of an entry; a pair counts as a good and a bad one.</summary>
    /// <exception cref="TrainingException">It cannot be read.</exception>
    internal IReadOnlyList<LabelledAnswer> Labelled(DataEntry entry)
    {
        (JsonElement json, string place) = (Object(entry), entry.Place);
        JsonElement prompt = json.TryGetProperty("prompt", out JsonElement given) ? given : default;
        if (json.TryGetProperty("chosen", out JsonElement chosen) && json.TryGetProperty("rejected", out JsonElement rejected))
            return [new LabelledAnswer(Answer(prompt, chosen, place).Answer, true), new LabelledAnswer(Answer(prompt, rejected, place).Answer, false)];
        if (!json.TryGetProperty("completion", out JsonElement completion) || !json.TryGetProperty("label", out JsonElement label) || label.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw new TrainingException($"{place}: has not both completion and label (true or false)");
        return [new LabelledAnswer(Answer(prompt, completion, place).Answer, label.ValueKind == JsonValueKind.True)];
    }

    /// <summary>The tokens of a prompt that an answer is to follow: what the user says through the template, or plain text where there is none.</summary>
    internal int[] Asked(string prompt)
    {
        if (template is null) return [begin, .. tokenizer.Encode(prompt)];
        return Encode(Render(RecordShape.Request(RecordShape.Of([("user", prompt)]).GetProperty("messages").EnumerateArray(), true), prompt));
    }

    /// <summary>The prompt of an entry: <c>prompt</c> as a text or as messages, or <c>messages</c> up to the last of the user's.</summary>
    /// <exception cref="TrainingException">It has none.</exception>
    internal PolicyPrompt Asked(DataEntry entry)
    {
        JsonElement json = Object(entry);
        if (json.TryGetProperty("prompt", out JsonElement prompt))
            return new PolicyPrompt(prompt.ValueKind == JsonValueKind.Array ? Encode(Render(RecordShape.Request(prompt.EnumerateArray(), true), entry.Place)) : [begin, .. tokenizer.Encode(RecordShape.Text(json, "prompt") ?? throw new TrainingException($"{entry.Place}: prompt is neither a text nor a list of messages"))], json);
        if (RecordShape.Messages(json, entry.Place) is not { } chat) throw new TrainingException($"{entry.Place}: has neither prompt nor messages");
        JsonElement[] turns = [.. chat.GetProperty("messages").EnumerateArray()];
        int last = Array.FindLastIndex(turns, t => RecordShape.Text(t, "role") == "user");
        return last < 0 ? throw new TrainingException($"{entry.Place}: no message is the user's") : new PolicyPrompt(Encode(Render(RecordShape.Request(turns[..(last + 1)], true), entry.Place)), json);
    }

    /// <summary>A prompt and an answer to it, and the answer's bytes.</summary>
    internal (PromptedAnswer Answer, int Bytes) Answer(JsonElement prompt, JsonElement answer, string place)
    {
        int[] before, whole;
        int bytes;
        if (answer.ValueKind == JsonValueKind.String)
        {
            string first = prompt.ValueKind == JsonValueKind.String ? prompt.GetString()! : throw new TrainingException($"{place}: prompt is not a text, but the answer is");
            before = [begin, .. tokenizer.Encode(first)];
            whole = [begin, .. tokenizer.Encode(first + answer.GetString()), end];
            bytes = System.Text.Encoding.UTF8.GetByteCount(answer.GetString()!);
        }
        else
        {
            (JsonElement[] asked, JsonElement[] answered) = Turns(prompt, answer, place);
            ChatTemplateResult start = Render(RecordShape.Request(asked, true), place), full = Render(RecordShape.Request([.. asked, .. answered], false), place);
            before = Encode(start);
            whole = Encode(full);
            bytes = Math.Max(0, System.Text.Encoding.UTF8.GetByteCount(full.Text) - System.Text.Encoding.UTF8.GetByteCount(start.Text));
        }

        int same = 0;
        while (same < before.Length && same < whole.Length && before[same] == whole[same]) same++;
        if (same == whole.Length) throw new TrainingException($"{place}: an answer is empty");
        return (new PromptedAnswer(whole, Math.Max(1, same)), bytes);
    }

    /// <summary>Messages through the chat template.</summary>
    internal ChatTemplateResult Render(JsonElement json, string place)
    {
        if (template is null) throw new TrainingException($"{place}: has messages, but there is no chat template");
        try
        {
            return template.RenderDetailed(ChatTemplateRequest.FromJson(json) with { SpecialTokens = SpecialTokens, PlainTokens = tokenizer.SpecialTokens });
        }
        catch (TemplateException e)
        {
            throw new TrainingException($"{place}: {e.Message}", e);
        }
    }

    private static JsonElement Object(DataEntry entry) =>
        entry.Json is { ValueKind: JsonValueKind.Object } json ? json : throw new TrainingException($"{entry.Place}: an object with prompts and answers is expected");

    /// <summary>Turns of the prompt and of the answer; without a prompt, the answer's last turn answers those before it.</summary>
    private static (JsonElement[] Asked, JsonElement[] Answered) Turns(JsonElement prompt, JsonElement answer, string place)
    {
        if (answer.ValueKind != JsonValueKind.Array || answer.GetArrayLength() == 0) throw new TrainingException($"{place}: an answer is neither a text nor a list of messages");
        JsonElement[] answered = [.. answer.EnumerateArray()];
        return prompt.ValueKind switch
        {
            JsonValueKind.Array => ([.. prompt.EnumerateArray()], answered),
            JsonValueKind.String when answered.Length > 0 && RecordShape.Text(answered[0], "role") == "user" => (answered[..^1], answered[^1..]),
            JsonValueKind.Undefined => (answered[..^1], answered[^1..]),
            _ => throw new TrainingException($"{place}: prompt is not a list of messages, but the answer is"),
        };
    }

    private int[] Encode(ChatTemplateResult chat)
    {
        IReadOnlyList<int> ids = tokenizer.EncodeDetailed(chat.Text, SpecialTokenScope.Outside(chat.Plain)).Ids;
        return ids.Count > 0 && ids[0] == begin ? [.. ids] : [begin, .. ids];
    }
}

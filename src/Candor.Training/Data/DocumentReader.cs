using System.Text.Json;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Training;

/// <summary>
/// Makes documents of data: <c>text</c>, <c>messages</c> (and ShareGPT's <c>conversations</c>, Alpaca's <c>instruction</c> and <c>output</c>),
/// <c>prompt</c> with <c>completion</c>, or plain text.
/// </summary>
/// <param name="answers">What reads messages, prompts and completions: it knows tokenizer and template.</param>
/// <param name="answersOnly">Whether only the assistant's words and completions count.</param>
public sealed class DocumentReader(AnswerReader answers, bool answersOnly)
{
    private readonly Tokenizer tokenizer = answers.Tokenizer;
    private readonly int begin = answers.Begin, end = answers.End;

    /// <summary>The raw texts of an entry, for training a tokenizer: messages by their contents.</summary>
    internal static IEnumerable<string> Texts(DataEntry entry)
    {
        if (entry.Json is not { } json)
        {
            yield return entry.Text;
            yield break;
        }

        foreach (string name in (string[])["text", "prompt", "completion", "chosen", "rejected"])
            if (RecordShape.Text(json, name) is { } text) yield return text;
        if (RecordShape.Messages(json, entry.Place) is { } chat)
            foreach (JsonElement m in chat.GetProperty("messages").EnumerateArray())
                if (RecordShape.Text(m, "content") is { } content) yield return content;
    }

    /// <summary>The documents of a file or folder.</summary>
    /// <exception cref="TrainingException">An entry cannot be read, or nothing in it counts.</exception>
    public IEnumerable<Document> Read(string path) => DataFile.Entries(path).Select(Read);

    /// <summary>The document of an entry.</summary>
    /// <exception cref="TrainingException">It cannot be read, or nothing in it counts.</exception>
    internal Document Read(DataEntry entry) =>
        entry.Json is not { } json ? Text(entry.Text)
        : RecordShape.Text(json, "text") is { } text ? Text(text)
        : RecordShape.Messages(json, entry.Place) is { } chat ? Chat(chat, entry.Place)
        : json.ValueKind == JsonValueKind.Object && json.TryGetProperty("prompt", out JsonElement prompt) && json.TryGetProperty("completion", out JsonElement completion) ? Completion(prompt, completion, entry.Place)
        : throw new TrainingException($"{entry.Place}: has neither text nor messages, conversations, instruction with output, or prompt with completion");

    private Document Text(string text)
    {
        int[] ids = [begin, .. tokenizer.Encode(text), end];
        bool[] counts = new bool[ids.Length];
        counts.AsSpan(1).Fill(true);
        return new Document(ids, counts, System.Text.Encoding.UTF8.GetByteCount(text));
    }

    private Document Completion(JsonElement prompt, JsonElement completion, string place)
    {
        (PromptedAnswer answer, int bytes) = answers.Answer(prompt, completion, place);
        bool[] counts = new bool[answer.Ids.Length];
        counts.AsSpan(answersOnly ? answer.Prompt : 1).Fill(true);
        return new Document(answer.Ids, counts, bytes);
    }

    private Document Chat(JsonElement json, string place)
    {
        ChatTemplateResult chat = answers.Render(json, place);
        if (answersOnly && chat.Generations.Count == 0)
            throw new TrainingException($"{place}: nothing counts: there is no answer, or the chat template does not mark answers with {{% generation %}}");
        Encoding encoding = tokenizer.EncodeDetailed(chat.Text, SpecialTokenScope.Outside(chat.Plain));

        // A template may begin with that token itself.
        int skip = encoding.Ids.Count > 0 && encoding.Ids[0] == begin ? 0 : 1;
        int[] ids = skip == 0 ? [.. encoding.Ids] : [begin, .. encoding.Ids];
        bool[] counts = new bool[ids.Length];
        int at = 0;
        for (int i = 0; i < encoding.Ids.Count; i++)
        {
            (int from, int to) = encoding.Offsets[i];
            while (at < chat.Generations.Count && chat.Generations[at].End <= from) at++;
            counts[i + skip] = !answersOnly || (at < chat.Generations.Count && chat.Generations[at].Begin < to);
        }

        counts[0] = false;
        int bytes = answersOnly
            ? chat.Generations.Sum(g => Utf8Bytes(chat.Text, g))
            : System.Text.Encoding.UTF8.GetByteCount(chat.Text);
        return new Document(ids, counts, bytes);
    }

    private static int Utf8Bytes(string text, GenerationSpan span) => text.EnumerateRunes().Skip(span.Begin).Take(span.End - span.Begin).Sum(r => r.Utf8SequenceLength);
}

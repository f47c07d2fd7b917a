using System.Text.Json;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Training;

/// <summary>Makes documents of files: <c>{"text": …}</c> and <c>{"messages": […]}</c> a line, or plain text between blank lines.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="template">The chat template, or null where there are no messages.</param>
/// <param name="boundary">The token before and after a text.</param>
/// <param name="answersOnly">Whether only the assistant's words count.</param>
public sealed class DocumentReader(Tokenizer tokenizer, ChatTemplate? template, int boundary, bool answersOnly)
{
    /// <summary>The raw texts of a file, for training a tokenizer: messages by their contents.</summary>
    /// <exception cref="TrainingException">A line cannot be read.</exception>
    public static IEnumerable<string> Texts(string path)
    {
        foreach ((JsonElement? line, string text, int _) in Lines(path))
        {
            if (line is not { } json) yield return text;
            else if (json.TryGetProperty("text", out JsonElement t) && t.ValueKind == JsonValueKind.String) yield return t.GetString()!;
            else if (json.TryGetProperty("messages", out JsonElement messages))
                foreach (JsonElement m in messages.EnumerateArray())
                    if (m.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String) yield return content.GetString()!;
        }
    }

    /// <summary>The documents of a file.</summary>
    /// <exception cref="TrainingException">A line cannot be read, or nothing in it counts.</exception>
    public IEnumerable<Document> Read(string path)
    {
        foreach ((JsonElement? line, string text, int number) in Lines(path))
        {
            if (line is not { } json) yield return Text(text);
            else if (json.TryGetProperty("text", out JsonElement t) && t.ValueKind == JsonValueKind.String) yield return Text(t.GetString()!);
            else if (json.TryGetProperty("messages", out _)) yield return Chat(json, $"{path}, line {number}");
            else throw new TrainingException($"{path}, line {number}: has neither text nor messages");
        }
    }

    private static IEnumerable<(JsonElement? Json, string Text, int Line)> Lines(string path)
    {
        if (!File.Exists(path)) throw new TrainingException($"{path}: there is no such file");
        bool json = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        var paragraph = new System.Text.StringBuilder();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (json)
            {
                if (line.Length > 0) yield return (Parse(line, path, number), "", number);
                continue;
            }

            if (line.Length > 0) paragraph.Append(line).Append('\n');
            else if (paragraph.Length > 0)
            {
                yield return (null, paragraph.ToString(), number);
                paragraph.Clear();
            }
        }

        if (paragraph.Length > 0) yield return (null, paragraph.ToString(), number);
    }

    private static JsonElement Parse(string line, string path, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new TrainingException($"{path}, line {number}: is no JSON: {e.Message}", e);
        }
    }

    private Document Text(string text)
    {
        int[] ids = [boundary, .. tokenizer.Encode(text), boundary];
        bool[] counts = new bool[ids.Length];
        counts.AsSpan(1).Fill(true);
        return new Document(ids, counts, System.Text.Encoding.UTF8.GetByteCount(text));
    }

    private Document Chat(JsonElement json, string place)
    {
        if (template is null) throw new TrainingException($"{place}: has messages, but there is no chat template");
        ChatTemplateRequest request = ChatTemplateRequest.FromJson(json) with { PlainTokens = tokenizer.SpecialTokens };
        ChatTemplateResult chat;
        try
        {
            chat = template.RenderDetailed(request);
        }
        catch (TemplateException e)
        {
            throw new TrainingException($"{place}: {e.Message}", e);
        }

        if (answersOnly && chat.Generations.Count == 0)
            throw new TrainingException($"{place}: nothing counts: there is no answer, or the chat template does not mark answers with {{% generation %}}");
        Encoding encoding = tokenizer.EncodeDetailed(chat.Text, SpecialTokenScope.Outside(chat.Plain));
        int[] ids = [boundary, .. encoding.Ids];
        bool[] counts = new bool[ids.Length];
        int at = 0;
        for (int i = 0; i < encoding.Ids.Count; i++)
        {
            (int begin, int end) = encoding.Offsets[i];
            while (at < chat.Generations.Count && chat.Generations[at].End <= begin) at++;
            counts[i + 1] = !answersOnly || (at < chat.Generations.Count && chat.Generations[at].Begin < end);
        }

        int bytes = answersOnly
            ? chat.Generations.Sum(g => Utf8Bytes(chat.Text, g))
            : System.Text.Encoding.UTF8.GetByteCount(chat.Text);
        return new Document(ids, counts, bytes);
    }

    private static int Utf8Bytes(string text, GenerationSpan span) => text.EnumerateRunes().Skip(span.Begin).Take(span.End - span.Begin).Sum(r => r.Utf8SequenceLength);
}

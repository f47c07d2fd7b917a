namespace Candor.Tokenizers.Mistral;

/// <summary>
/// Brings a request into the form that is encoded: neighbours of one role become one message, system prompts are gathered
/// (before version 7), arguments of calls are spelt in one way, results of tools follow the order of their calls.
/// </summary>
internal sealed class MistralRequestNormalizer(MistralVersion version)
{
    private const string Separator = "\n\n";

    /// <summary>The messages to encode and, before version 7, the system prompt.</summary>
    public (List<MistralMessage> Messages, string? System) Normalize(IReadOnlyList<MistralMessage> messages)
    {
        string? system = null;
        if (version < MistralVersion.V7)
        {
            string[] prompts = [.. messages.Where(m => m.Role == "system" && m.HasContent).Select(m => Text(Join([m])))];
            if (prompts.Length > 0) system = string.Join(Separator, prompts);
        }

        var result = new List<MistralMessage>();
        var latestCalls = new List<string>();
        for (int begin = 0; begin < messages.Count;)
        {
            int end = begin + 1;
            while (end < messages.Count && messages[end].Role == messages[begin].Role && messages[end].Weight == messages[begin].Weight) end++;
            MistralMessage[] group = [.. messages.Skip(begin).Take(end - begin)];
            Aggregate(group, latestCalls, result);
            begin = end;
        }

        if (result.Count == 0 || (version < MistralVersion.V7 && result[0].Role != "user")) result.Insert(0, new MistralMessage("user") { Text = "" });
        return (result, system);
    }

    /// <summary>JSON in its one spelling; text that is no JSON stays, and nothing becomes an empty object.</summary>
    public static string NormalizeJson(string content) => content.Length == 0 ? "{}" : PythonJson.Parse(content)?.Write() ?? content;

    private void Aggregate(MistralMessage[] group, List<string> latestCalls, List<MistralMessage> result)
    {
        switch (group[0].Role)
        {
            case "user":
                result.Add(WithContent(new MistralMessage("user"), Join(group)));
                break;
            case "system":
                if (version >= MistralVersion.V7)
                    foreach (MistralMessage message in group) result.Add(WithContent(new MistralMessage("system"), Join([message])));
                break;
            case "assistant":
                MistralToolCall[] calls = [.. group.SelectMany(m => m.ToolCalls ?? []).Select(c => c with { Arguments = NormalizeJson(c.Arguments) })];
                result.Add(WithContent(new MistralMessage("assistant") { ToolCalls = calls.Length > 0 ? calls : null, Prefix = group.Any(m => m.Prefix) }, Join(group)));
                latestCalls.AddRange(calls.Select(c => c.Id));
                break;
            default:
                IEnumerable<MistralMessage> answers = group.Select(Answer);
                if (version >= MistralVersion.V11) answers = InOrderOfCalls([.. answers], latestCalls);
                result.AddRange(answers);
                latestCalls.Clear();
                break;
        }
    }

    private MistralMessage Answer(MistralMessage message)
    {
        object content = Join([message]);
        if (version < MistralVersion.V7) content = NormalizeJson(Text(content));
        return WithContent(message with { Text = null, Chunks = null }, content);
    }

    private static IEnumerable<MistralMessage> InOrderOfCalls(MistralMessage[] answers, List<string> calls) =>
        answers
            .OrderBy(a => calls.LastIndexOf(a.ToolCallId ?? "null") is var at && at < 0 ? int.MaxValue : at)
            .ThenBy(a => Array.FindLastIndex(answers, b => b.ToolCallId == a.ToolCallId));

    /// <summary>The content of neighbouring messages as one string, or as parts where not all of it is text.</summary>
    private object Join(IReadOnlyList<MistralMessage> messages)
    {
        string partSeparator = version >= MistralVersion.V15 ? "" : Separator;
        var parts = new List<MistralChunk>();
        var text = new System.Text.StringBuilder();
        bool any = false;
        foreach (MistralMessage message in messages)
        {
            bool newMessage = any;
            IEnumerable<MistralChunk> chunks = message.Chunks ?? (string.IsNullOrEmpty(message.Text) ? [] : [new MistralChunk(MistralChunk.TextKind, message.Text)]);
            foreach (MistralChunk chunk in chunks)
            {
                if (chunk.Kind != MistralChunk.TextKind)
                {
                    if (any) parts.Add(new MistralChunk(MistralChunk.TextKind, text.ToString()));
                    text.Clear();
                    any = false;
                    parts.Add(chunk);
                }
                else if (chunk.Text.Length > 0)
                {
                    if (any) text.Append(newMessage ? Separator : partSeparator);
                    text.Append(chunk.Text);
                    any = true;
                    newMessage = false;
                }
            }
        }

        if (parts.Count == 0) return text.ToString();
        if (any) parts.Add(new MistralChunk(MistralChunk.TextKind, text.ToString()));
        return parts;
    }

    private static string Text(object content) =>
        content as string ?? throw new MistralChatException(MistralChatError.InvalidRequest, "only text is allowed here");

    private static MistralMessage WithContent(MistralMessage message, object content) =>
        content is string text ? message with { Text = text } : message with { Chunks = (List<MistralChunk>)content };
}

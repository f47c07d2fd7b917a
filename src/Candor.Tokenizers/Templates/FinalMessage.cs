namespace Candor.Tokenizers.Templates;

/// <summary>
/// A chat whose last message is to be continued: a mark is set behind that message, and the text is cut where the mark
/// comes out.
/// </summary>
internal sealed class FinalMessage
{
    private const string Mark = "CONTINUE_FINAL_MESSAGE_TAG ";

    private readonly string final;

    private FinalMessage(ListValue messages, string final)
    {
        Messages = messages;
        this.final = final;
    }

    /// <summary>The messages with the mark.</summary>
    public ListValue Messages { get; }

    /// <summary>The chat with its mark, or null where the request does not ask for it.</summary>
    public static FinalMessage? Of(ChatTemplateRequest request, string source)
    {
        if (!request.ContinueFinalMessage) return null;
        if (request.AddGenerationPrompt) throw Faults.Arguments("continue_final_message and add_generation_prompt exclude each other");
        ListValue messages = RequestArguments.Messages(request);
        string field = request.ContinuedField;
        if (messages.Items.Count == 0) throw Faults.Arguments("continue_final_message is set but there is no message");
        var last = (DictValue)messages.Items[^1];
        if (!last.Items.TryGetValue(StringValue.Of(field), out TemplateValue? value))
            throw Faults.Arguments($"continue_final_message is set but the final message has no \"{field}\" to continue");
        if (!source.Contains(field, StringComparison.Ordinal))
            throw Faults.Arguments($"continue_final_message is set to \"{field}\", which the chat template does not use");
        (TemplateValue marked, string final) = Marked(value);
        var copy = new DictValue(KeyComparer.Plain);
        foreach ((TemplateValue key, TemplateValue member) in last.Items) copy.Items[key] = member;
        copy.Items[StringValue.Of(field)] = marked;
        return new FinalMessage(new ListValue([.. messages.Items[..^1], copy]), final);
    }

    /// <summary>The rendered text up to the end of the last message.</summary>
    public string Cut(string text)
    {
        string mark = Mark.TrimEnd();
        int at = text.LastIndexOf(mark, StringComparison.Ordinal);
        if (at < 0 || !text.Contains(PyText.Strip(final, null, true, true), StringComparison.Ordinal))
            throw Faults.Arguments("continue_final_message is set but the final message does not appear in the rendered chat: the template removes parts of it");
        string before = text[..at];

        // Where the template trims messages, it trimmed the space in the mark, and the message's own end with it.
        return text.AsSpan(at).StartsWith(Mark) ? before : PyText.Strip(before, null, false, true);
    }

    private static (TemplateValue Marked, string Final) Marked(TemplateValue value)
    {
        if (value is StringValue text) return (StringValue.Of(text.Value + Mark), text.Value);
        if (value is not ListValue parts) throw Faults.Arguments("continue_final_message is set but the final message is neither a text nor a list of parts");
        StringValue key = StringValue.Of("text");
        for (int i = parts.Items.Count - 1; i >= 0; i--)
        {
            if (parts.Items[i] is not DictValue part || !part.Items.TryGetValue(key, out TemplateValue? piece) || piece is not StringValue words) continue;
            var copy = new DictValue(KeyComparer.Plain);
            foreach ((TemplateValue name, TemplateValue member) in part.Items) copy.Items[name] = member;
            copy.Items[key] = StringValue.Of(words.Value + Mark);
            List<TemplateValue> all = [.. parts.Items];
            all[i] = copy;
            return (new ListValue(all), words.Value);
        }

        throw Faults.Arguments("continue_final_message is set but there is no text to continue in the final message");
    }
}

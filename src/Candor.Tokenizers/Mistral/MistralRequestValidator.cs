namespace Candor.Tokenizers.Mistral;

/// <summary>Judges a request as Mistral's reference does for one version: order, contents, ids, names.</summary>
internal sealed class MistralRequestValidator(MistralVersion version, MistralValidationMode mode)
{
    private static readonly string[] Media = ["ImageChunk", "ImageURLChunk"];
    private static readonly string[] Audio = ["AudioChunk", "AudioURLChunk"];

    /// <summary>Throws where the request is wrong.</summary>
    public void Validate(MistralRequest request)
    {
        if (mode == MistralValidationMode.Serving && request.Model is null) throw Fault(MistralChatError.InvalidRequest, "Model name parameter is required for serving mode");
        IReadOnlyList<MistralMessage> messages = request.Messages;
        ValidateStructure(messages);
        for (int i = 0; i < messages.Count; i++) ValidateMessage(messages[i], i == messages.Count - 1);
        foreach (MistralTool tool in request.Tools)
        {
            if (ToolSchema.Fault(tool.Parameters) is { } fault) throw Fault(MistralChatError.InvalidToolSchema, $"Invalid tool schema: {fault}");
            CheckName(tool.Name, MistralChatError.InvalidTool);
        }

        if (version < MistralVersion.V15 && request.ReasoningEffort is { } effort) throw Fault(MistralChatError.InvalidRequest, $"reasoning_effort='{effort}' is not supported for this model");
    }

    private void ValidateStructure(IReadOnlyList<MistralMessage> messages)
    {
        if (messages.Count == 0) throw Structure("Conversation must have at least one message");
        if (messages.Count == 1 && messages[0].Role is not ("user" or "system")) throw Structure("Conversation must start with a user message or system message");
        if (mode == MistralValidationMode.Finetuning || messages.Count > 1) ValidateLast(messages[^1]);
        for (int i = 1; i < messages.Count; i++)
        {
            string before = messages[i - 1].Role, role = messages[i].Role;
            bool allowed = before switch
            {
                "system" => role is "user" or "assistant" or "system",
                "user" => role is "assistant" or "system" or "user",
                "assistant" => role is "assistant" or "user" or "tool",
                _ => role is "assistant" or "tool" or "user",
            };
            if (!allowed) throw Structure($"Unexpected role '{role}' after role '{before}'");
        }

        if (version >= MistralVersion.V11) ValidateAnswersById(messages);
        else ValidateAnswersByCount(messages);
        if (version == MistralVersion.V7 && messages.Any(m => m.Role == "system") && messages.Any(m => m.Role == "user" && m.Chunks is { } c && c.Any(x => Audio.Contains(x.Kind))))
            throw Fault(MistralChatError.InvalidRequest, "system messages together with audio are not allowed before version 11");
    }

    private void ValidateLast(MistralMessage last)
    {
        if (mode == MistralValidationMode.Finetuning)
        {
            if (last.Role != "assistant") throw Structure($"Expected last role Assistant for finetuning but got {last.Role}");
            if (last.Prefix) throw Structure("Cannot continue final message in finetuning mode");
            if (version >= MistralVersion.V3)
                foreach (MistralToolCall call in last.ToolCalls ?? []) ValidateCall(call, isLast: true);
        }
        else if (last.Role == "assistant" && !last.Prefix)
        {
            throw Structure("Expected last role User or Tool (or Assistant with prefix) for serving but got assistant");
        }
    }

    private void ValidateAnswersByCount(IReadOnlyList<MistralMessage> messages)
    {
        int expected = 0;
        foreach (MistralMessage message in messages.Skip(1))
        {
            if (message.Role == "tool")
            {
                expected--;
            }
            else if (message.Role == "assistant")
            {
                if (expected != 0) throw Structure("Not the same number of function calls and responses");
                if (message.ToolCalls is not null) expected = message.ToolCalls.Count;
            }
        }

        if (expected != 0 && mode == MistralValidationMode.Serving) throw Structure("Not the same number of function calls and responses");
        if (expected < 0 && mode == MistralValidationMode.Finetuning) throw Structure("More tool responses than tool calls");
    }

    private void ValidateAnswersById(IReadOnlyList<MistralMessage> messages)
    {
        var expected = new HashSet<string?>();
        var observed = new HashSet<string?>();
        foreach (MistralMessage message in messages.Skip(1))
        {
            if (message.Role == "tool")
            {
                if (observed.Contains(message.ToolCallId)) throw Structure($"Duplicate tool call id {message.ToolCallId ?? "None"} in tool results");
                if (!expected.Contains(message.ToolCallId)) throw Structure($"Unexpected tool call id {message.ToolCallId ?? "None"} in tool results");
                observed.Add(message.ToolCallId);
            }
            else if (message.Role == "assistant")
            {
                if (expected.Count != observed.Count) throw Structure("Not the same number of function calls and responses");
                expected.Clear();
                observed.Clear();
                foreach (MistralToolCall call in message.ToolCalls ?? [])
                    if (!expected.Add(call.Id)) throw Structure($"Duplicate tool call id {call.Id} in assistant message");
            }
        }

        if (expected.Count != observed.Count && mode == MistralValidationMode.Serving) throw Structure("Not the same number of function calls and responses");
        if (expected.Count < observed.Count && mode == MistralValidationMode.Finetuning) throw Structure("More tool responses than tool calls");
    }

    private void ValidateMessage(MistralMessage message, bool isLast)
    {
        switch (message.Role)
        {
            case "user":
                CheckChunks(message, version >= MistralVersion.V7 ? [MistralChunk.TextKind, .. Media, .. Audio] : version >= MistralVersion.V3 ? [MistralChunk.TextKind, .. Media] : [MistralChunk.TextKind], MistralChatError.InvalidUserMessage);
                break;
            case "system":
                CheckChunks(message, version >= MistralVersion.V15 ? [MistralChunk.TextKind, "AudioChunk"] : version >= MistralVersion.V7 ? [MistralChunk.TextKind, "AudioChunk", MistralChunk.ThinkKind] : [MistralChunk.TextKind], MistralChatError.InvalidSystemPrompt);
                break;
            case "tool":
                CheckChunks(message, version >= MistralVersion.V15 ? [MistralChunk.TextKind, .. Media, .. Audio] : [MistralChunk.TextKind], MistralChatError.InvalidToolMessage);
                if (message.Name is not null) CheckName(message.Name, MistralChatError.InvalidToolMessage);
                CheckResultId(message.ToolCallId);
                break;
            default:
                ValidateAssistant(message, isLast);
                break;
        }
    }

    private void ValidateAssistant(MistralMessage message, bool isLast)
    {
        CheckChunks(message, version >= MistralVersion.V11 ? [MistralChunk.TextKind, MistralChunk.ThinkKind] : [MistralChunk.TextKind], MistralChatError.InvalidAssistantMessage);
        if (version < MistralVersion.V7 && message.HasContent == message.HasToolCalls)
            throw Fault(MistralChatError.InvalidAssistantMessage, "Assistant message must have either content or tool_calls, but not both.");
        foreach (MistralToolCall call in message.ToolCalls ?? []) ValidateCall(call, isLast);
        if (mode == MistralValidationMode.Finetuning && message.Weight is not (null or "0" or "1" or "0.0" or "1.0"))
            throw Fault(MistralChatError.InvalidAssistantMessage, "Assistant message weight must be either 0 or 1");
        if (message.Prefix && !isLast) throw Fault(MistralChatError.InvalidAssistantMessage, "Assistant message with prefix True must be last message");
    }

    private void ValidateCall(MistralToolCall call, bool isLast)
    {
        const MistralChatError kind = MistralChatError.InvalidFunctionCall;
        if (version >= MistralVersion.V13)
        {
            if (call.Id is "" or "null") throw Fault(kind, "Tool call id must be a non-empty string other than 'null' for tokenizer version 13 or newer.");
        }
        else if (version >= MistralVersion.V3)
        {
            if (call.Id == "null")
            {
                switch (mode)
                {
                    case MistralValidationMode.Finetuning when isLast: break;
                    case MistralValidationMode.Finetuning: throw Fault(kind, "Tool call id of assistant message that is not last has to be defined in finetuning mode.");
                    case MistralValidationMode.Serving: throw Fault(kind, "Tool call id has to be defined in serving mode.");
                    default: throw Fault(kind, "Tool call id 'null' is only allowed for the last assistant message in finetuning mode.");
                }
            }
            else if (!IsCallId(call.Id))
            {
                throw Fault(kind, $"Tool call id was {call.Id} but must be a-z, A-Z, 0-9, with a length of 9.");
            }
        }

        CheckName(call.Name, kind);
    }

    private void CheckResultId(string? id)
    {
        if (version >= MistralVersion.V13)
        {
            if (id is null or "" or "null") throw Fault(MistralChatError.InvalidToolMessage, "Tool call id must be a non-empty string other than 'null' for tokenizer version 13 or newer.");
        }
        else if (version >= MistralVersion.V3)
        {
            if (id is null) throw Fault(MistralChatError.InvalidRequest, "Tool call id has to be defined.");
            if (!IsCallId(id)) throw Fault(MistralChatError.InvalidToolMessage, $"Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.");
        }
    }

    private static void CheckChunks(MistralMessage message, string[] allowed, MistralChatError error)
    {
        if (message.Chunks is null) return;
        string[] wrong = [.. message.Chunks.Select(c => c.Kind).Where(k => !allowed.Contains(k)).Distinct().Order(StringComparer.Ordinal)];
        if (wrong.Length > 0) throw Fault(error, $"Unexpected content chunk types in {message.Role} message: [{string.Join(", ", wrong.Select(w => $"'{w}'"))}]");
    }

    private static void CheckName(string name, MistralChatError error)
    {
        // One line feed at the end passes, as it does in the reference's pattern.
        string core = name.EndsWith('\n') ? name[..^1] : name;
        if (core.Length is < 1 or > 64 || !core.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw Fault(error, $"Function name was {SentencePiece.Message.Shorten(name)} but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64.");
    }

    private static bool IsCallId(string id)
    {
        string core = id.EndsWith('\n') ? id[..^1] : id;
        return core.Length == 9 && core.All(char.IsAsciiLetterOrDigit);
    }

    private static MistralChatException Structure(string problem) => Fault(MistralChatError.InvalidMessageStructure, problem);

    private static MistralChatException Fault(MistralChatError error, string problem) => new(error, problem.ReplaceLineEndings(" "));
}

namespace Candor.Tokenizers.Mistral;

/// <summary>A part of a message.</summary>
/// <param name="Kind">The reference's name of the type: TextChunk, ThinkChunk, ImageURLChunk, …</param>
/// <param name="Text">Text or thought; empty for other kinds.</param>
/// <param name="Closed">Whether a thought has come to its end.</param>
internal sealed record MistralChunk(string Kind, string Text, bool Closed = true)
{
    public const string TextKind = "TextChunk";

    public const string ThinkKind = "ThinkChunk";
}

/// <summary>A call of a tool.</summary>
/// <param name="Id">The call's id, "null" where there is none.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Its arguments, usually JSON.</param>
internal sealed record MistralToolCall(string Id, string Name, string Arguments);

/// <summary>One message, of any role.</summary>
internal sealed record MistralMessage(string Role)
{
    /// <summary>Content that is one string; null where it is a list or absent.</summary>
    public string? Text { get; init; }

    /// <summary>Content that is a list of parts.</summary>
    public IReadOnlyList<MistralChunk>? Chunks { get; init; }

    public IReadOnlyList<MistralToolCall>? ToolCalls { get; init; }

    /// <summary>The answer continues this message.</summary>
    public bool Prefix { get; init; }

    public string? ToolCallId { get; init; }

    public string? Name { get; init; }

    /// <summary>Weight in training; messages of different weights stay apart.</summary>
    public string? Weight { get; init; }

    public bool HasContent => Chunks is { Count: > 0 } || !string.IsNullOrEmpty(Text);

    public bool HasToolCalls => ToolCalls is { Count: > 0 };
}

/// <summary>A tool that the model may call.</summary>
internal sealed record MistralTool(string Name, string Description, PythonJson Parameters);

/// <summary>A request in the shape of OpenAI's chat completions.</summary>
internal sealed record MistralRequest(IReadOnlyList<MistralMessage> Messages, IReadOnlyList<MistralTool> Tools, string? Model, string? ReasoningEffort)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="MistralChatException">It is no JSON, or a field has the wrong type.</exception>
    public static MistralRequest Parse(string json)
    {
        PythonJson root = PythonJson.Parse(json) ?? throw Fault("the request is not valid JSON, or nested too deeply");
        if (root.Kind != JsonKind.Object) throw Fault("the request must be a JSON object");
        PythonJson list = root["messages"] is { Kind: JsonKind.Array } m ? m : throw Fault("messages: expected an array");
        var messages = new List<MistralMessage>();
        foreach (PythonJson item in list.Items) messages.Add(Message(item, $"messages[{messages.Count}]"));
        if (Flag(root, "continue_final_message", "request") && messages.Count > 0)
        {
            MistralMessage last = messages[^1];
            if (last.Role != "assistant") throw new MistralChatException(MistralChatError.InvalidMessageStructure, $"continue_final_message asks for a last message of the assistant, but it is of role {last.Role}");
            messages[^1] = last with { Prefix = true };
        }

        var tools = new List<MistralTool>();
        if (root["tools"] is { Kind: not JsonKind.Null } given)
        {
            if (given.Kind != JsonKind.Array) throw Fault("tools: expected an array");
            foreach (PythonJson item in given.Items) tools.Add(Tool(item, $"tools[{tools.Count}]"));
        }

        return new MistralRequest(messages, tools, OptionalText(root, "model", "request"), OptionalText(root, "reasoning_effort", "request"));
    }

    private static MistralMessage Message(PythonJson item, string where)
    {
        if (item.Kind != JsonKind.Object) throw Fault($"{where}: expected an object");
        string role = OptionalText(item, "role", where) ?? throw Fault($"{where}.role: missing");
        if (role is not ("system" or "user" or "assistant" or "tool")) throw Fault($"{where}.role: \"{SentencePiece.Message.Shorten(role)}\" is unknown; expected system, user, assistant or tool");
        var message = new MistralMessage(role)
        {
            Prefix = role == "assistant" && Flag(item, "prefix", where),
            ToolCallId = OptionalText(item, "tool_call_id", where),
            Name = OptionalText(item, "name", where),
            Weight = role == "assistant" && item["weight"] is { Kind: JsonKind.Number } weight ? weight.Text : null,
        };
        if (role == "assistant" && item["tool_calls"] is { Kind: not JsonKind.Null } calls)
        {
            if (calls.Kind != JsonKind.Array) throw Fault($"{where}.tool_calls: expected an array");
            message = message with { ToolCalls = [.. calls.Items.Select((c, i) => Call(c, $"{where}.tool_calls[{i}]"))] };
        }

        PythonJson content = item["content"] ?? PythonJson.Null;
        switch (content.Kind)
        {
            case JsonKind.String: return message with { Text = content.Text };
            case JsonKind.Array: return message with { Chunks = [.. content.Items.Select((c, i) => Chunk(c, $"{where}.content[{i}]"))] };
            case JsonKind.Null when role == "assistant": return message;
            case JsonKind.Null when role == "system": throw new MistralChatException(MistralChatError.InvalidSystemPrompt, "System prompt must have content");
            default: throw Fault($"{where}.content: expected a string or an array");
        }
    }

    private static MistralToolCall Call(PythonJson item, string where)
    {
        if (item["function"] is not { Kind: JsonKind.Object } function) throw Fault($"{where}.function: expected an object");
        PythonJson arguments = function["arguments"] ?? PythonJson.Null;
        string text = arguments.Kind switch
        {
            JsonKind.String => arguments.Text,
            JsonKind.Object => arguments.Write(),
            JsonKind.Null => "{}",
            _ => throw Fault($"{where}.function.arguments: expected a string or an object"),
        };
        return new MistralToolCall(
            OptionalText(item, "id", where) ?? "null",
            OptionalText(function, "name", where + ".function") ?? throw Fault($"{where}.function.name: missing"),
            text);
    }

    private static MistralChunk Chunk(PythonJson item, string where)
    {
        string type = OptionalText(item, "type", where) ?? throw Fault($"{where}.type: missing");
        switch (type)
        {
            case "text": return new MistralChunk(MistralChunk.TextKind, OptionalText(item, "text", where) ?? throw Fault($"{where}.text: missing"));
            case "thinking": return new MistralChunk(MistralChunk.ThinkKind, Thought(item, where), item["closed"] is null || Flag(item, "closed", where));
            case "image": return new MistralChunk("ImageChunk", "");
            case "image_url": return new MistralChunk("ImageURLChunk", "");
            case "input_audio": return new MistralChunk("AudioChunk", "");
            case "audio_url": return new MistralChunk("AudioURLChunk", "");
            default: throw Fault($"{where}.type: \"{SentencePiece.Message.Shorten(type)}\" is unknown");
        }
    }

    private static string Thought(PythonJson item, string where)
    {
        if (item["thinking"] is { Kind: JsonKind.Array } parts)
            return string.Concat(parts.Items.Select(p => OptionalText(p, "text", where + ".thinking") ?? throw Fault($"{where}.thinking: expected parts with text")));
        return OptionalText(item, "thinking", where) ?? throw Fault($"{where}.thinking: missing");
    }

    private static MistralTool Tool(PythonJson item, string where)
    {
        if (item["function"] is not { Kind: JsonKind.Object } function) throw Fault($"{where}.function: expected an object");
        PythonJson parameters = function["parameters"] ?? PythonJson.Null;
        if (parameters.Kind is not (JsonKind.Object or JsonKind.Null)) throw Fault($"{where}.function.parameters: expected an object");
        return new MistralTool(
            OptionalText(function, "name", where + ".function") ?? throw Fault($"{where}.function.name: missing"),
            OptionalText(function, "description", where + ".function") ?? "",
            parameters.Kind == JsonKind.Null ? PythonJson.Object() : parameters);
    }

    private static string? OptionalText(PythonJson item, string key, string where)
    {
        PythonJson? value = item[key];
        if (value is null || value.Kind == JsonKind.Null) return null;
        return value.Kind == JsonKind.String ? value.Text : throw Fault($"{where}.{key}: expected a string");
    }

    private static bool Flag(PythonJson item, string key, string where)
    {
        PythonJson? value = item[key];
        if (value is null || value.Kind is JsonKind.Null or JsonKind.False) return false;
        return value.Kind == JsonKind.True ? true : throw Fault($"{where}.{key}: expected true or false");
    }

    private static MistralChatException Fault(string problem) => new(MistralChatError.InvalidRequest, problem);
}

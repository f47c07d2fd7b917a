using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary>Brings the shapes that data sets come in to two: <c>messages</c>, and <c>prompt</c> with <c>completion</c>.</summary>
internal static class RecordShape
{
    /// <summary>The text of a member, or null.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>An object with <c>messages</c>: as it is, of ShareGPT's <c>conversations</c>, or of Alpaca's <c>instruction</c>; null where it has no such thing.</summary>
    /// <exception cref="TrainingException">A speaker is unknown.</exception>
    public static JsonElement? Messages(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object) return null;
        if (json.TryGetProperty("messages", out _)) return json;
        if (json.TryGetProperty("conversations", out JsonElement turns) && turns.ValueKind == JsonValueKind.Array)
            return Of(turns.EnumerateArray().Select(t => (Role(Text(t, "from") ?? Text(t, "role"), place), Text(t, "value") ?? Text(t, "content") ?? "")));
        if (Text(json, "instruction") is not { } instruction || Text(json, "output") is not { } output) return null;
        string input = Text(json, "input") is { Length: > 0 } more ? $"{instruction}\n\n{more}" : instruction;
        IEnumerable<(string, string)> messages = [("user", input), ("assistant", output)];
        return Of(Text(json, "system") is { Length: > 0 } system ? messages.Prepend(("system", system)) : messages);
    }

    /// <summary>Messages as a request of a chat template.</summary>
    public static JsonElement Request(IEnumerable<JsonElement> messages, bool answerNext)
    {
        var list = new JsonArray([.. messages.Select(m => JsonNode.Parse(m.GetRawText()))]);
        return Element(new JsonObject { ["messages"] = list, ["add_generation_prompt"] = answerNext });
    }

    /// <summary>An object with <c>messages</c>.</summary>
    internal static JsonElement Of(IEnumerable<(string Role, string Content)> messages) =>
        Element(new JsonObject { ["messages"] = new JsonArray([.. messages.Select(m => (JsonNode)new JsonObject { ["role"] = m.Role, ["content"] = m.Content })]) });

    /// <summary>A node as an element that needs no document.</summary>
    internal static JsonElement Element(JsonNode made)
    {
        using JsonDocument document = JsonDocument.Parse(made.ToJsonString());
        return document.RootElement.Clone();
    }

    private static string Role(string? from, string place) => from switch
    {
        "human" or "user" => "user",
        "gpt" or "assistant" or "chatgpt" or "bing" or "bard" => "assistant",
        "system" => "system",
        "tool" or "observation" or "function_response" => "tool",
        _ => throw new TrainingException($"{place}: the speaker '{from}' is unknown; human, gpt, system and tool are known"),
    };
}

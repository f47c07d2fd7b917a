using System.Collections.Frozen;
using System.Text.Json;

namespace Candor.Tokenizers.Templates;

/// <summary>Makes the variables of a template from a request, by the rules of transformers.</summary>
internal static class RequestArguments
{
    /// <summary>Arguments of <c>apply_chat_template</c> that concern what comes after the text.</summary>
    private static readonly FrozenSet<string> Ignored = FrozenSet.Create(
        "tokenize", "padding", "truncation", "max_length", "return_tensors", "return_dict", "return_assistant_tokens_mask", "tokenizer_kwargs");

    /// <summary>Names that further arguments may not take.</summary>
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        "messages", "conversation", "tools", "documents", "chat_template", "add_generation_prompt", "continue_final_message",
        "tokenize", "padding", "truncation", "max_length", "return_tensors", "return_dict", "return_assistant_tokens_mask", "tokenizer_kwargs");

    private static readonly string[] ReasoningFields = ["reasoning_content", "thinking", "reasoning"];

    public static ChatTemplateRequest FromJson(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array) return new ChatTemplateRequest { Messages = TemplateValue.FromJson(json) };
        if (json.ValueKind != JsonValueKind.Object) throw Faults.Arguments($"expected a list of messages or an object, found {json.ValueKind}");
        if (TemplateValue.FromJson(json) is not DictValue members) throw Faults.Arguments("expected an object");
        TemplateValue Member(string name) => members.Items.TryGetValue(StringValue.Of(name), out TemplateValue? value) ? value : TemplateValue.None;
        if (!members.Items.ContainsKey(StringValue.Of("messages"))) throw Faults.Arguments("messages: missing");
        TemplateValue continued = Member("continue_final_message");
        var more = new Dictionary<string, TemplateValue>();
        foreach ((TemplateValue key, TemplateValue value) in members.Items)
        {
            string name = key.AsText!;
            if (name is "messages" or "tools" or "documents" or "add_generation_prompt" or "continue_final_message" || Ignored.Contains(name)) continue;
            more[name] = value;
        }

        return new ChatTemplateRequest
        {
            Messages = Member("messages"),
            Tools = Member("tools"),
            Documents = Member("documents"),
            AddGenerationPrompt = Member("add_generation_prompt").IsTrue,
            ContinueFinalMessage = continued.IsTrue,
            ContinuedField = continued.AsText is { Length: > 0 } field ? field : "content",
            Arguments = more,
        };
    }

    /// <summary>The variables; <paramref name="messages"/> stand in for the request's.</summary>
    public static Dictionary<string, TemplateValue> Of(ChatTemplateRequest request, TemplateValue? messages)
    {
        var variables = new Dictionary<string, TemplateValue>();
        foreach ((string name, string token) in request.SpecialTokens) variables[name] = StringValue.Of(token);
        foreach ((string name, TemplateValue value) in request.Arguments)
        {
            if (Reserved.Contains(name)) throw Faults.Arguments($"{name}: a reserved name, which further arguments of a chat template cannot override");
            variables[name] = value;
        }

        Require(request.Tools, "tools", "a list of JSON schemas", item => item is DictValue);
        Require(request.Documents, "documents", "a list of objects with title and text", item => item is DictValue);
        variables["messages"] = messages ?? Messages(request);
        variables["tools"] = request.Tools;
        variables["documents"] = request.Documents;
        variables["add_generation_prompt"] = BooleanValue.Of(request.AddGenerationPrompt);
        return variables;
    }

    /// <summary>The messages without keys whose value is None, and with the reasoning under both of its names.</summary>
    public static ListValue Messages(ChatTemplateRequest request)
    {
        if (request.Messages is not ListValue list) throw Faults.Arguments($"messages: expected a list, found {request.Messages.TypeName}");
        return new ListValue(list.Items.ConvertAll(Message));
    }

    private static TemplateValue Message(TemplateValue message)
    {
        if (message is not DictValue dict) throw Faults.Arguments($"messages: expected objects, found {message.TypeName}");
        var cleaned = new DictValue(KeyComparer.Plain);
        foreach ((TemplateValue key, TemplateValue value) in dict.Items)
            if (value is not NoneValue) cleaned.Items[key] = value;
        foreach (string field in ReasoningFields)
        {
            if (!cleaned.Items.TryGetValue(StringValue.Of(field), out TemplateValue? reasoning)) continue;
            cleaned.Items[StringValue.Of("reasoning_content")] = reasoning;
            cleaned.Items.TryAdd(StringValue.Of("thinking"), reasoning);
            break;
        }

        return cleaned;
    }

    private static void Require(TemplateValue value, string name, string expected, Predicate<TemplateValue> isRight)
    {
        if (value is NoneValue) return;
        if (value is not ListValue list || !list.Items.TrueForAll(isRight)) throw Faults.Arguments($"{name}: expected {expected}");
    }
}

using System.Text.Json;

namespace Candor.Tokenizers.Templates;

/// <summary>The chat templates of a model: one, or several by name. Parsed when first asked for. Thread-safe.</summary>
public sealed class ChatTemplateSet
{
    /// <summary>The template used where no other is asked for.</summary>
    public const string DefaultName = "default";

    /// <summary>The template used where tools are given, if the model has it.</summary>
    public const string ToolUseName = "tool_use";

    private readonly Dictionary<string, Lazy<ChatTemplate>> templates;

    /// <summary>Templates by name.</summary>
    /// <param name="sources">Names and texts.</param>
    public ChatTemplateSet(IEnumerable<KeyValuePair<string, string>> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        templates = [];
        foreach ((string name, string source) in sources)
            templates[name] = new Lazy<ChatTemplate>(() => ChatTemplate.Parse(source, name == DefaultName ? "chat_template" : $"chat_template {name}"));
    }

    /// <summary>The names of the templates.</summary>
    public IReadOnlyCollection<string> Names => templates.Keys;

    /// <summary>One template.</summary>
    public static ChatTemplateSet Of(string source) => new([new(DefaultName, source)]);

    /// <summary>
    /// The member <c>chat_template</c> of a tokenizer_config.json: a text, or a list of objects with name and template.
    /// </summary>
    /// <exception cref="TemplateException">Not of that shape.</exception>
    public static ChatTemplateSet FromJson(JsonElement json)
    {
        TemplateValue value = TemplateValue.FromJson(json);
        if (value.AsText is { } single) return Of(single);
        if (value.AsList is not { } list) throw Faults.Arguments("chat_template: expected a text or a list of named templates");
        var sources = new List<KeyValuePair<string, string>>();
        foreach (TemplateValue item in list)
        {
            string? name = Member(item, "name");
            string? source = Member(item, "template");
            if (name is null || source is null) throw Faults.Arguments("chat_template: expected objects with a name and a template");
            sources.Add(new(name, source));
        }

        return new ChatTemplateSet(sources);
    }

    /// <summary>Chooses as transformers does: by name, else <c>tool_use</c> where tools are given, else <c>default</c>.</summary>
    /// <param name="name">The name asked for, or null.</param>
    /// <param name="withTools">Whether tools are given.</param>
    /// <exception cref="TemplateException">There is no such template, or it cannot be parsed.</exception>
    public ChatTemplate Select(string? name = null, bool withTools = false)
    {
        string wanted = name ?? (withTools && templates.ContainsKey(ToolUseName) ? ToolUseName : DefaultName);
        if (templates.TryGetValue(wanted, out Lazy<ChatTemplate>? template)) return template.Value;
        throw Faults.Arguments($"chat_template: there is no template named '{wanted}', only {string.Join(", ", templates.Keys.Order(StringComparer.Ordinal).Select(n => $"'{n}'"))}");
    }

    private static string? Member(TemplateValue item, string name) =>
        item is DictValue dict && dict.Items.TryGetValue(StringValue.Of(name), out TemplateValue? value) ? value.AsText : null;
}

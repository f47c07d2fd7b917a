using System.Text.Json;

namespace Candor.Tokenizers.Templates;

/// <summary>What a chat template is rendered with.</summary>
public sealed record ChatTemplateRequest
{
    /// <summary>The messages: a list of dictionaries with role, content, tool_calls and so on.</summary>
    public required TemplateValue Messages { get; init; }

    /// <summary>A list of JSON schemas of tools, or <c>None</c>.</summary>
    public TemplateValue Tools { get; init; } = TemplateValue.None;

    /// <summary>A list of documents with title and text, or <c>None</c>.</summary>
    public TemplateValue Documents { get; init; } = TemplateValue.None;

    /// <summary>Whether the header of the next answer is added. Default false. Not together with <see cref="ContinueFinalMessage"/>.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the text ends inside the last message, for the model to go on. Default false.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>The field of the last message that is continued. Default <c>content</c>.</summary>
    public string ContinuedField { get; init; } = "content";

    /// <summary>The special tokens by their names: <c>bos_token</c>, <c>eos_token</c>, ... Default: none.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Special tokens that are plain text where messages, tools or documents spell them, so that nobody can end a turn or begin
    /// another by typing one: see <see cref="ChatTemplateResult.Plain"/>. Default: none.
    /// </summary>
    public IReadOnlyCollection<string> PlainTokens { get; init; } = [];

    /// <summary>
    /// Further variables, such as <c>enable_thinking</c>. They may replace special tokens but not the names of this
    /// class's other properties. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, TemplateValue> Arguments { get; init; } = new Dictionary<string, TemplateValue>();

    /// <summary>What the rendering may cost.</summary>
    public TemplateLimits Limits { get; init; } = TemplateLimits.Default;

    /// <summary>The clock and time zone of <c>strftime_now</c>. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A request for a chat of plain texts.</summary>
    /// <param name="messages">Roles and contents.</param>
    /// <param name="addGenerationPrompt">See <see cref="AddGenerationPrompt"/>.</param>
    public static ChatTemplateRequest Of(IEnumerable<(string Role, string Content)> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return new ChatTemplateRequest
        {
            Messages = TemplateValue.List(messages.Select(message => TemplateValue.Object(
            [
                new("role", TemplateValue.From(message.Role)),
                new("content", TemplateValue.From(message.Content)),
            ]))),
            AddGenerationPrompt = addGenerationPrompt,
        };
    }

    /// <summary>
    /// A request as JSON: a list of messages, or an object with <c>messages</c> and the other arguments of
    /// <c>apply_chat_template</c>. Members that it has no use for when rendering text (such as <c>tokenize</c>) are
    /// left out; all others become variables of the template.
    /// </summary>
    /// <exception cref="TemplateException">Not of that shape.</exception>
    public static ChatTemplateRequest FromJson(JsonElement json) => RequestArguments.FromJson(json);
}

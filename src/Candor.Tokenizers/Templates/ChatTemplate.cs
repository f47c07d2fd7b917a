namespace Candor.Tokenizers.Templates;

/// <summary>
/// A chat template: Jinja as transformers runs it, in a sandbox. Parsed once, rendered often. Thread-safe.
/// </summary>
/// <remarks>
/// The language is that of Jinja 3.1 with trim_blocks and lstrip_blocks, the tags <c>break</c>, <c>continue</c> and
/// <c>generation</c>, and the functions <c>raise_exception</c> and <c>strftime_now</c>. Templates reach nothing but
/// their arguments, and every rendering is bounded by <see cref="TemplateLimits"/>.
/// </remarks>
public sealed class ChatTemplate
{
    /// <summary>The longest template, in UTF-16 units.</summary>
    public const int MaxSourceLength = 1 << 20;

    private readonly BoundTemplate template;

    private ChatTemplate(string source, string name, BoundTemplate template)
    {
        Source = source;
        Name = name;
        this.template = template;
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>The name for messages.</summary>
    public string Name { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">A name for messages: the file or the key it is from.</param>
    /// <exception cref="TemplateException">The text is not a template, is too long, or is nested too deeply.</exception>
    public static ChatTemplate Parse(string source, string name = "chat_template")
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            if (source.Length > MaxSourceLength) throw Faults.Budget($"the template is longer than {MaxSourceLength} characters");
            return new ChatTemplate(source, name, Binder.Bind(Parser.Parse(source)));
        }
        catch (TemplateException fault)
        {
            fault.TemplateName = name;
            throw;
        }
    }

    /// <summary>Renders a chat, as <c>apply_chat_template</c> does.</summary>
    /// <exception cref="TemplateException">The template refuses the chat, fails, or exceeds the limits; or the request is unusable.</exception>
    public string Render(ChatTemplateRequest request) => RenderDetailed(request).Text;

    /// <summary>Renders a chat, and says which parts of the text the model is to write.</summary>
    /// <inheritdoc cref="Render(ChatTemplateRequest)"/>
    public ChatTemplateResult RenderDetailed(ChatTemplateRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            ChatTemplateResult result = RenderChat(request);
            return PlainMarks.Of(request, Source) is { } marks ? RenderMarked(request, marks, result.Text) : result;
        }
        catch (TemplateException fault)
        {
            fault.TemplateName = Name;
            throw;
        }
    }

    /// <summary>Renders with any variables, untouched: no rules of chats apply.</summary>
    /// <param name="variables">The variables of the template by name.</param>
    /// <param name="limits">What it may cost; null for <see cref="TemplateLimits.Default"/>.</param>
    /// <param name="clock">The clock and time zone of <c>strftime_now</c>; null for the system's.</param>
    /// <exception cref="TemplateException">The template fails or exceeds the limits.</exception>
    public ChatTemplateResult RenderBare(
        IReadOnlyDictionary<string, TemplateValue> variables,
        TemplateLimits? limits = null,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(variables);
        try
        {
            return Run(variables, limits ?? TemplateLimits.Default, clock ?? TimeProvider.System);
        }
        catch (TemplateException fault)
        {
            fault.TemplateName = Name;
            throw;
        }
    }

    private ChatTemplateResult RenderChat(ChatTemplateRequest request)
    {
        var continuation = FinalMessage.Of(request, Source);
        Dictionary<string, TemplateValue> arguments = RequestArguments.Of(request, continuation?.Messages);
        ChatTemplateResult result = Run(arguments, request.Limits, request.Clock);
        return continuation is null ? result : result with { Text = continuation.Cut(result.Text) };
    }

    /// <summary>Renders once more with marks, which must change nothing: templates may look into the assistant's words, but into no one else's.</summary>
    private ChatTemplateResult RenderMarked(ChatTemplateRequest request, PlainMarks marks, string expected)
    {
        foreach (bool answers in (bool[])[true, false])
        {
            ChatTemplateResult result = marks.Unmark(RenderChat(marks.Mark(request, answers)));
            if (result.Text == expected) return result;
        }

        throw Faults.Arguments("the template reads special tokens out of the messages, so that they cannot be told from plain text: leave them out, or allow them");
    }

    private ChatTemplateResult Run(IReadOnlyDictionary<string, TemplateValue> variables, TemplateLimits limits, TimeProvider clock)
    {
        var run = new RenderRun(variables, limits, clock) { Blocks = template.Blocks };
        try
        {
            var scope = new Scope(run, template.Slots, null);
            if (template.Self >= 0) scope.Slots[template.Self] = new SelfValue();
            scope.Load(template.Loads);
            Statement.Run(template.Body, scope, run.Output);
            return new ChatTemplateResult(run.Output.ToString(), run.Generations);
        }
        catch (TemplateException fault)
        {
            if (fault.Line == 0) fault.Line = run.Line;
            throw;
        }
    }
}

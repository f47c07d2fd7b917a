namespace Candor.Tokenizers.Templates;

/// <summary>The state of one rendering: variables, budgets, the clock, the current line. Used by one thread.</summary>
internal sealed class RenderRun
{
    // What a text takes beside its letters.
    private const int TextOverhead = 16;

    private readonly IReadOnlyDictionary<string, TemplateValue> arguments;
    private readonly TemplateLimits limits;
    private readonly Dictionary<string, TemplateValue> exported = [];
    private long steps;
    private long allocated;
    private int depth;
    private Random? random;

    public RenderRun(IReadOnlyDictionary<string, TemplateValue> arguments, TemplateLimits limits, TimeProvider clock)
    {
        this.arguments = arguments;
        this.limits = limits;
        Clock = clock;
        Keys = new KeyComparer(this);
        Output = new Sink(this, limits.MaxOutput);
    }

    public TimeProvider Clock { get; }

    public KeyComparer Keys { get; }

    /// <summary>The text of the whole template; texts of macros and blocks go to sinks of their own first.</summary>
    public Sink Output { get; }

    /// <summary>Spans of <c>{% generation %}</c> in code points.</summary>
    public List<GenerationSpan> Generations { get; } = [];

    /// <summary>The line of what is being evaluated, for messages.</summary>
    public int Line { get; set; }

    public bool Autoescape { get; set; }

    /// <summary>Bodies of <c>{% block %}</c> by name.</summary>
    public IReadOnlyDictionary<string, BlockStatement> Blocks { get; set; } = new Dictionary<string, BlockStatement>();

    public Random Random => random ??= new Random();

    /// <summary>Counts one step.</summary>
    public void Step()
    {
        if (++steps > limits.MaxSteps) throw OutOfSteps();
    }

    /// <summary>Counts work that is proportional to a length, such as a search through a text.</summary>
    public void Work(long units)
    {
        steps += units / 16;
        if (steps > limits.MaxSteps || units < 0) throw OutOfSteps();
    }

    /// <summary>Counts text or list elements before they are made.</summary>
    public void Allocate(long units)
    {
        if (units < 0 || units > limits.MaxAllocation - allocated)
            throw Faults.Budget($"the template makes more than {limits.MaxAllocation} characters and elements");
        allocated += units;
        steps += units / 64;
        if (steps > limits.MaxSteps) throw OutOfSteps();
    }

    /// <summary>Counts elements of lists and dictionaries before they are made: each weighs as much as 8 UTF-16 units.</summary>
    public void AllocateElements(long count) => Allocate(count > long.MaxValue / 8 ? long.MaxValue : count * 8);

    /// <summary>A text value, counted.</summary>
    public StringValue Text(string text)
    {
        Allocate(text.Length + TextOverhead);
        return StringValue.Of(text);
    }

    /// <summary>A text value that is <c>Markup</c> where <paramref name="markup"/>, counted.</summary>
    public StringValue Text(string text, bool markup)
    {
        Allocate(text.Length + TextOverhead);
        return markup ? StringValue.Markup(text) : StringValue.Of(text);
    }

    /// <summary>A list value, counted.</summary>
    public ListValue List(List<TemplateValue> items)
    {
        AllocateElements(items.Count);
        return new ListValue(items);
    }

    public void EnterCall()
    {
        Step();
        if (++depth > limits.MaxCallDepth) throw Faults.TooDeep();
        StackGuard.Check();
    }

    public void LeaveCall() => depth--;

    /// <summary>Looks a variable up outside the template's own scopes; null where it is missing.</summary>
    public TemplateValue? Resolve(string name)
    {
        if (exported.TryGetValue(name, out TemplateValue? value)) return value;
        if (arguments.TryGetValue(name, out value)) return value;
        return GlobalFunctions.Find(name);
    }

    /// <summary>Makes a variable of the outermost scope visible to blocks.</summary>
    public void Export(string name, TemplateValue value) => exported[name] = value;

    /// <summary>Runs a block with more variables in sight, and takes them back.</summary>
    public IDisposable Overlay(IEnumerable<KeyValuePair<string, TemplateValue>> more)
    {
        Work(exported.Count * 16L);
        var saved = new Dictionary<string, TemplateValue>(exported);
        foreach ((string name, TemplateValue value) in more) exported[name] = value;
        return new Restore(exported, saved);
    }

    private TemplateException OutOfSteps() => new(TemplateErrorKind.Budget, "TimeoutError", $"the template takes more than {limits.MaxSteps} steps");

    private sealed class Restore(Dictionary<string, TemplateValue> live, Dictionary<string, TemplateValue> saved) : IDisposable
    {
        public void Dispose()
        {
            live.Clear();
            foreach ((string name, TemplateValue value) in saved) live[name] = value;
        }
    }
}

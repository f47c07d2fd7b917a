namespace Candor.Tokenizers.Templates;

/// <summary>What a missing name or attribute gives: prints as nothing, is false and empty, and fails in all else.</summary>
internal sealed class UndefinedValue : TemplateValue
{
    private readonly string? hint;
    private readonly TemplateValue? owner;
    private readonly TemplateValue? key;
    private readonly bool unsafeAttribute;

    private UndefinedValue(string? hint, TemplateValue? owner, TemplateValue? key, bool unsafeAttribute)
    {
        this.hint = hint;
        this.owner = owner;
        this.key = key;
        this.unsafeAttribute = unsafeAttribute;
    }

    internal override string TypeName => "Undefined";

    internal override bool IsTrue => false;

    internal override long? Length => 0;

    internal override string Description => "jinja2.runtime.Undefined object";

    public static UndefinedValue Variable(string name) => new($"'{name}' is undefined", null, null, false);

    public static UndefinedValue Hint(string hint) => new(hint, null, null, false);

    public static UndefinedValue Missing(TemplateValue owner, TemplateValue key) => new(null, owner, key, false);

    /// <summary>An attribute that is there and that the sandbox keeps from templates.</summary>
    public static UndefinedValue Unsafe(TemplateValue owner, string name) =>
        new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.", null, null, true);

    /// <summary>The exception that any use of the value raises.</summary>
    public TemplateException Fault(RenderRun run) => unsafeAttribute ? Faults.Security(hint!) : Faults.Undefined(hint ?? Describe(run));

    internal override ValueIterator Iterate(RenderRun run) => ValueIterator.Empty;

    internal override TemplateValue Item(RenderRun run, TemplateValue key) => throw Fault(run);

    internal override void Repr(ReprWriter writer) => writer.Append("Undefined");

    internal override string ToText(RenderRun run) => "";

    private string Describe(RenderRun run) => key is StringValue name
        ? $"'{owner!.Description}' has no attribute '{name.Value}'"
        : $"{owner!.Description} has no element {ReprWriter.Write(run, key!)}";
}

namespace Candor.Tokenizers.Templates;

/// <summary>
/// What one rendering may cost at most. A hostile template runs into one of these and fails with a
/// <see cref="TemplateException"/> of kind <see cref="TemplateErrorKind.Budget"/>.
/// </summary>
public sealed record TemplateLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>Evaluated nodes, loop rounds and units of work inside built-in functions. Default 20 million: about a second.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>UTF-16 units in the rendered text. Default 16 Mi.</summary>
    public long MaxOutput { get; init; } = 16 << 20;

    /// <summary>Size of all texts and lists made on the way, temporary ones included, in UTF-16 units; an element counts as 8, a text as 16 more than it has. Default 64 Mi.</summary>
    public long MaxAllocation { get; init; } = 64 << 20;

    /// <summary>Macros, callers, recursive loops and sequences that others give on the way (<c>map</c>, <c>select</c>, …) inside each other. Default 200.</summary>
    public int MaxCallDepth { get; init; } = 200;
}

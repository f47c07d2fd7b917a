namespace Candor.Tokenizers.Templates;

/// <summary>A rendered chat.</summary>
/// <param name="Text">The text, to be tokenized with special tokens recognised and none added.</param>
/// <param name="Generations">
/// The parts that the model is to write, in the order in which they were rendered; empty where the template does not
/// mark them.
/// </param>
public sealed record ChatTemplateResult(string Text, IReadOnlyList<GenerationSpan> Generations);

namespace Candor.Tokenizers.Templates;

/// <summary>A rendered chat.</summary>
/// <param name="Text">The text, to be tokenized with special tokens recognised and none added.</param>
/// <param name="Generations">
/// The parts that the model is to write, in the order in which they were rendered; empty where the template does not
/// mark them.
/// </param>
public sealed record ChatTemplateResult(string Text, IReadOnlyList<GenerationSpan> Generations)
{
    /// <summary>
    /// The parts that came from the chat and could be read as special tokens, which they are not: give them to
    /// <see cref="SpecialTokenScope.Outside"/>. Empty unless the request names <see cref="ChatTemplateRequest.PlainTokens"/>.
    /// </summary>
    public IReadOnlyList<PlainSpan> Plain { get; init; } = [];
}

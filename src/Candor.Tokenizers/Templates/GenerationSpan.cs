namespace Candor.Tokenizers.Templates;

/// <summary>A part of the rendered text that the model itself is to write, marked by <c>{% generation %}</c>.</summary>
/// <param name="Begin">Where it begins, in Unicode code points of the whole text.</param>
/// <param name="End">Where it ends, exclusive.</param>
public readonly record struct GenerationSpan(int Begin, int End);

namespace Candor.Tokenizers;

/// <summary>A part of a text in which the spellings of special tokens are plain text.</summary>
/// <param name="Begin">Where it begins, in Unicode code points of the whole text.</param>
/// <param name="End">Where it ends, exclusive.</param>
public readonly record struct PlainSpan(int Begin, int End);

namespace Candor.Tokenizers.SentencePiece;

/// <summary>A stretch of normalized text and the id it got.</summary>
/// <param name="Begin">First byte.</param>
/// <param name="Length">Bytes, at least 1.</param>
/// <param name="Id">The id; -1 where the vocabulary has no such piece.</param>
internal readonly record struct Segment(int Begin, int Length, int Id);

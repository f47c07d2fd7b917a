namespace Candor.Tokenizers;

/// <summary>An encoded text. All lists have one element a token.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Tokens">Spellings in the vocabulary.</param>
/// <param name="Offsets">Begin and end of each token in the text, in Unicode code points; (0, 0) for added tokens.</param>
/// <param name="TypeIds">Segment of each token: 0, or 1 for the second text of a pair.</param>
/// <param name="SpecialTokensMask">1 for tokens that the post-processor added, else 0.</param>
public sealed record Encoding(
    IReadOnlyList<int> Ids,
    IReadOnlyList<string> Tokens,
    IReadOnlyList<(int Begin, int End)> Offsets,
    IReadOnlyList<int> TypeIds,
    IReadOnlyList<int> SpecialTokensMask);

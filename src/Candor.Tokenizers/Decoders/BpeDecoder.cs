namespace Candor.Tokenizers.Decoders;

/// <summary>Reads the sign of a word's end as a space, but for the last token.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        if (suffix.Length == 0) return;
        for (int i = 0; i < pieces.Count; i++)
            pieces[i] = pieces[i].Replace(suffix, i == pieces.Count - 1 ? "" : " ", StringComparison.Ordinal);
    }
}

namespace Candor.Tokenizers.Decoders;

/// <summary>Reads the sign of a space as a space; where one is put before texts, the first token's signs vanish.</summary>
internal sealed class MetaspaceDecoder(int replacement, bool prepends) : TokenDecoder
{
    private readonly string _sign = char.ConvertFromUtf32(replacement);

    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
            pieces[i] = pieces[i].Replace(_sign, i == 0 && prepends ? "" : " ", StringComparison.Ordinal);
    }
}

using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>SentencePiece's "nmt" rules: control characters vanish, unusual blanks become spaces.</summary>
internal sealed class NmtNormalizer : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        Filter(text, c => c is not ((>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F));
        Map(text, c => c is 9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD ? ' ' : c);
    }
}

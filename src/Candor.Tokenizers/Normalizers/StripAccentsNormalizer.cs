using System.Globalization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Leaves out combining marks.</summary>
/// <param name="spacingToo">Whether spacing and enclosing marks go as well as non-spacing ones.</param>
internal sealed class StripAccentsNormalizer(bool spacingToo) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text) => Filter(text, Keeps);

    private bool Keeps(int c) => c < 0x300 || CharUnicodeInfo.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.NonSpacingMark => false,
        UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => !spacingToo,
        _ => true,
    };
}

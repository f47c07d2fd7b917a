using Candor.Tokenizers.Text;
using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.Normalizers;

/// <summary>A Unicode normalization form.</summary>
internal sealed class UnicodeNormalizer(UnicodeForm form) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        if (UnicodeNormalization.IsPlain(text.Points, form)) return;
        var writer = new ChangeWriter(text);
        foreach ((int c, int change) in UnicodeNormalization.Normalize(text.Points, form)) writer.Put(c, change);
        writer.Commit();
    }
}

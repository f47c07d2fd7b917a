using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Writes every byte of the UTF-8 text as a visible character.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        ReadOnlySpan<int> points = text.Points;
        Span<byte> bytes = stackalloc byte[4];
        text.StartEdit();
        for (int i = 0; i < points.Length; i++)
        {
            int count = CodePoints.ToUtf8(points[i], bytes);
            for (int b = 0; b < count; b++) text.Put(ByteAlphabet.Character(bytes[b]), i);
        }

        text.Commit();
    }
}

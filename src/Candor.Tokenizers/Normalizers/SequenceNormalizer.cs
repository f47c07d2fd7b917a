using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequenceNormalizer(Normalizer[] steps) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        foreach (Normalizer step in steps) step.Apply(text);
    }
}

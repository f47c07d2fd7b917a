namespace Candor.Tokenizers.PreTokenization;

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequencePreTokenizer(PreTokenizer[] steps) : PreTokenizer
{
    /// <inheritdoc/>
    public override bool NeedsPlaces => steps.Any(s => s.NeedsPlaces);

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        foreach (PreTokenizer step in steps) step.Apply(text);
    }
}

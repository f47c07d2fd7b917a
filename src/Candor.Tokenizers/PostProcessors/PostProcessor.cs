namespace Candor.Tokenizers.PostProcessors;

/// <summary>What happens to the tokens of a text or a pair after the model. Thread-safe.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many tokens it adds to a single text, or to a pair.</summary>
    public virtual int AddedTokens(bool pair) => 0;

    /// <summary>Changes encodings; there may be more or fewer afterwards. In the end they are put together.</summary>
    /// <param name="encodings">One encoding, or two of a pair.</param>
    /// <param name="addSpecial">Whether special tokens are added.</param>
    public abstract List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial);
}

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequencePostProcessor(PostProcessor[] steps) : PostProcessor
{
    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => steps.Sum(s => s.AddedTokens(pair));

    /// <inheritdoc/>
    public override List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial)
    {
        foreach (PostProcessor step in steps) encodings = step.Apply(encodings, addSpecial);
        return encodings;
    }
}

namespace Candor.Tokenizers.Decoders;

/// <summary>One step from spellings of tokens to text. Thread-safe.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Changes the pieces of text in place; in the end they are put together.</summary>
    public abstract void Apply(List<string> pieces);
}

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequenceDecoder(TokenDecoder[] steps) : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        foreach (TokenDecoder step in steps) step.Apply(pieces);
    }
}

/// <summary>Puts all pieces together.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        string text = string.Concat(pieces);
        pieces.Clear();
        pieces.Add(text);
    }
}

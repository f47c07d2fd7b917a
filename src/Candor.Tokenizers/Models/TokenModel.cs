namespace Candor.Tokenizers.Models;

/// <summary>Turns a piece of text into tokens of a vocabulary. Thread-safe.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    /// <summary>The tokens by spelling and id.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Whether an unknown stretch keeps its own text as its spelling, rather than that of the unknown token.</summary>
    public virtual int VerbatimId => -1;

    /// <summary>Tells which ids are control tokens, which plain text never gives; called once, before the first text.</summary>
    public virtual void SetSpecial(IReadOnlySet<int> special)
    {
    }

    /// <summary>Turns one piece, which is not empty, into tokens.</summary>
    public abstract void Tokenize(ReadOnlySpan<int> piece, TokenSink sink);
}

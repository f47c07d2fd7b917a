namespace Candor.Tokenizers.Models;

/// <summary>Turns a piece of text into tokens of a vocabulary. Thread-safe.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    /// <summary>The tokens by spelling and id.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Id of the token for what the vocabulary cannot spell, or -1: it is left out.</summary>
    public abstract int UnknownId { get; }

    /// <summary>Whether unknown text keeps itself as its spelling, rather than that of the unknown token.</summary>
    public virtual bool IsVerbatim => false;

    /// <summary>Tells which ids are control tokens, which a strict sink never gets; called once, before the first text.</summary>
    public virtual void SetSpecial(IReadOnlySet<int> special)
    {
    }

    /// <summary>Turns one piece, which is not empty, into tokens.</summary>
    public abstract void Tokenize(ReadOnlySpan<int> piece, TokenSink sink);
}

namespace Candor.Tokenizers;

/// <summary>
/// Turns text into token ids and back. Thread-safe. Text is .NET UTF-16; a lone surrogate is read as U+FFFD.
/// </summary>
public abstract class Tokenizer
{
    private IReadOnlyList<string>? specialTokens;

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The token's spelling in the vocabulary, or null for an id outside it.</summary>
    public abstract string? IdToToken(int id);

    /// <summary>The id of a token by its spelling in the vocabulary, or null.</summary>
    public abstract int? TokenToId(string token);

    /// <summary>Whether this id is a control token (BOS, end of turn, …), left out of text when special tokens are skipped.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>The spellings that are tokens only where special tokens are recognised, and else plain text; none is empty.</summary>
    public IReadOnlyList<string> SpecialTokens =>
        specialTokens ??= [.. Enumerable.Range(0, VocabularySize).Where(IsParsed).Select(IdToToken).OfType<string>().Where(t => t.Length > 0).Distinct(StringComparer.Ordinal)];

    /// <summary>Encodes one text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseSpecial">True: special tokens spelt in the text become their ids. False (default): they are plain text.</param>
    /// <param name="addSpecial">True: what the model's post-processor or BOS/EOS flags add is added. Default false.</param>
    /// <returns>Ids.</returns>
    public int[] Encode(string text, bool parseSpecial = false, bool addSpecial = false) => Encode(text, SpecialTokenScope.Of(parseSpecial), addSpecial);

    /// <summary>Encodes one text of which some parts may be plain, such as a chat.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="special">Where special tokens spelt in the text become their ids.</param>
    /// <param name="addSpecial">True: what the model's post-processor or BOS/EOS flags add is added. Default false.</param>
    /// <returns>Ids.</returns>
    public virtual int[] Encode(string text, SpecialTokenScope special, bool addSpecial = false) => [.. EncodeDetailed(text, special, addSpecial).Ids];

    /// <summary>Encodes one text, with offsets and masks.</summary>
    /// <inheritdoc cref="Encode(string, bool, bool)"/>
    public Encoding EncodeDetailed(string text, bool parseSpecial = false, bool addSpecial = false) => EncodeDetailed(text, SpecialTokenScope.Of(parseSpecial), addSpecial);

    /// <summary>Encodes one text of which some parts may be plain, with offsets and masks.</summary>
    /// <inheritdoc cref="Encode(string, SpecialTokenScope, bool)"/>
    public abstract Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false);

    /// <summary>Decodes ids to text. Ids outside the vocabulary are skipped; broken UTF-8 becomes U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">True: control tokens give no text.</param>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false);

    /// <summary>A decoder that takes one id at a time and never emits part of a code point. Not thread-safe.</summary>
    /// <param name="skipSpecial">True: control tokens give no text.</param>
    public abstract StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false);

    /// <summary>Whether this id's spelling is a token only where special tokens are recognised.</summary>
    protected virtual bool IsParsed(int id) => IsSpecial(id);
}

using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>A byte-level BPE tokenizer out of a GGUF file. Thread-safe.</summary>
internal sealed class ByteLevelTokenizer : Tokenizer, IByteTokens
{
    private readonly GgufVocabulary vocabulary;
    private readonly Dictionary<string, int> ids;
    private readonly byte[][] bytes;
    private readonly BytePairEncoder encoder;
    private readonly SpecialTokens specials;
    private readonly int? before;
    private readonly int? after;

    public ByteLevelTokenizer(GgufVocabulary vocabulary, Dictionary<string, int> ids, byte[][] bytes, BytePairEncoder encoder, int? before, int? after)
    {
        (this.vocabulary, this.ids, this.bytes, this.encoder, this.before, this.after) = (vocabulary, ids, bytes, encoder, before, after);
        int[] added = [.. Enumerable.Range(0, bytes.Length).Where(id => GgufBytePairs.IsAdded(vocabulary, id))];
        specials = new SpecialTokens(added.Select(id => (vocabulary.Tokens[id], id)), added.Where(IsSpecial).ToHashSet());
    }

    public override int VocabularySize => bytes.Length;

    public override string? IdToToken(int id) => id >= 0 && id < bytes.Length ? vocabulary.Tokens[id] : null;

    public override int? TokenToId(string token) => ids.TryGetValue(token ?? throw new ArgumentNullException(nameof(token)), out int id) ? id : null;

    public override bool IsSpecial(int id) =>
        id >= 0 && id < bytes.Length && vocabulary.TokenTypes?[id] is (int)PieceType.Control or (int)PieceType.Unknown;

    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(special);
        var output = new TokenList();
        if (addSpecial && before is { } first) output.AddSpecial(first);
        specials.Encode(Utf8.Encode(text), special, encoder, output);
        if (addSpecial && after is { } last) output.AddSpecial(last);
        return output.Build(id => vocabulary.Tokens[id]);
    }

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false) => ByteStreamingDecoder.DecodeAll(this, ids, skipSpecial);

    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => new ByteStreamingDecoder(this, skipSpecial);

    bool IByteTokens.TryGetBytes(int id, bool skipSpecial, out ReadOnlySpan<byte> bytes, out bool endsCharacter)
    {
        endsCharacter = false;
        bytes = id < 0 || id >= this.bytes.Length || (skipSpecial && IsSpecial(id)) ? default : this.bytes[id];
        return !bytes.IsEmpty;
    }
}

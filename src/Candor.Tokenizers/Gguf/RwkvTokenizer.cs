using System.Text;
using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>
/// RWKV's "world" tokenizer: at each place the longest token that fits. Tokens are byte strings, written in the file with the
/// escapes <c>\n</c>, <c>\t</c>, <c>\r</c>, <c>\\</c> and <c>\x41</c>. Thread-safe.
/// </summary>
internal sealed class RwkvTokenizer : Tokenizer, IByteTokens
{
    private readonly GgufVocabulary vocabulary;
    private readonly byte[][] tokens;
    private readonly PieceTrie? trie;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    public RwkvTokenizer(GgufVocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        tokens = new byte[vocabulary.Tokens.Count][];
        for (int id = 0; id < tokens.Length; id++)
        {
            tokens[id] = Unescape(vocabulary.Tokens[id], id);
            ids[vocabulary.Tokens[id]] = id;
        }

        trie = PieceTrie.Build(Enumerable.Range(0, tokens.Length).Where(id => !IsSpecial(id)).Select(id => (tokens[id], id)));
    }

    public override int VocabularySize => tokens.Length;

    public override string? IdToToken(int id) => id >= 0 && id < tokens.Length ? vocabulary.Tokens[id] : null;

    public override int? TokenToId(string token) => ids.TryGetValue(token, out int id) ? id : null;

    public override bool IsSpecial(int id) => id >= 0 && id < tokens.Length && vocabulary.TokenTypes?[id] == (int)PieceType.Control;

    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(special);
        byte[] bytes = Utf8.Encode(text);
        var points = new CodePointOffsets(bytes);
        var output = new TokenList();
        if (addSpecial && vocabulary.AddBos == true && vocabulary.BosId is { } bos) output.AddSpecial(bos);
        for (int at = 0; at < bytes.Length;)
        {
            int id = -1;
            int length = trie is null ? 0 : trie.LongestPrefix(bytes.AsSpan(at), out id);
            if (length > 0) output.Add(id, points.Begin(at), points.End(at + length));
            else if (vocabulary.UnknownId is { } unknown) output.Add(unknown, points.Begin(at), points.End(at + 1));

            at += Math.Max(length, 1);
        }

        if (addSpecial && vocabulary.AddEos == true && vocabulary.EosId is { } eos) output.AddSpecial(eos);
        return output.Build(i => vocabulary.Tokens[i]);
    }

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false) => ByteStreamingDecoder.DecodeAll(this, ids, skipSpecial);

    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => new ByteStreamingDecoder(this, skipSpecial);

    bool IByteTokens.TryGetBytes(int id, bool skipSpecial, out ReadOnlySpan<byte> bytes, out bool endsCharacter)
    {
        endsCharacter = false;
        bytes = id < 0 || id >= tokens.Length || (skipSpecial && IsSpecial(id)) ? default : tokens[id];
        return !bytes.IsEmpty;
    }

    private byte[] Unescape(string token, int id)
    {
        var bytes = new List<byte>(token.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < token.Length;)
        {
            if (token[i] != '\\')
            {
                Rune.DecodeFromUtf16(token.AsSpan(i), out Rune rune, out int length);
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                i += length;
                continue;
            }

            char escape = i + 1 < token.Length ? token[i + 1] : '\0';
            i += 2;
            switch (escape)
            {
                case 'n': bytes.Add((byte)'\n'); break;
                case 't': bytes.Add((byte)'\t'); break;
                case 'r': bytes.Add((byte)'\r'); break;
                case 'x' when i + 2 <= token.Length && byte.TryParse(token.AsSpan(i, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value):
                    bytes.Add(value);
                    i += 2;
                    break;
                case '\\' or '\'' or '"': bytes.Add((byte)escape); break;
                default: throw new TokenizerFormatException(vocabulary.Source, $"tokenizer.ggml.tokens[{id}]", $"\"{Message.Shorten(token)}\" has an unknown escape");
            }
        }

        return [.. bytes];
    }
}

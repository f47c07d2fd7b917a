using System.Text;
using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>BERT's tokenizer out of a GGUF file: in each word, from its beginning, the longest token that fits. Thread-safe.</summary>
internal sealed class WordPieceTokenizer : Tokenizer
{
    /// <summary>A longer word is unknown as a whole.</summary>
    internal const int LongestWord = 100;

    private readonly string[] tokens;
    private readonly GgufVocabulary vocabulary;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly PieceTrie? beginnings;
    private readonly PieceTrie? continuations;
    private readonly PieceTrie? specials;
    private readonly int unknown;
    private readonly int? before;
    private readonly int? after;
    private readonly bool lowercase;
    private readonly bool stripAccents;

    public WordPieceTokenizer(GgufVocabulary vocabulary, string[] tokens, int unknown, int? before, int? after, bool lowercase, bool stripAccents)
    {
        (this.vocabulary, this.tokens, this.unknown, this.before, this.after, this.lowercase, this.stripAccents) = (vocabulary, tokens, unknown, before, after, lowercase, stripAccents);
        for (int id = 0; id < tokens.Length; id++) ids[tokens[id]] = id;
        (byte[] Piece, int Id)[] pieces = [.. Enumerable.Range(0, tokens.Length).Where(id => !IsSpecial(id)).Select(id => (Utf8.Encode(tokens[id]), id))];
        beginnings = PieceTrie.Build(pieces);
        continuations = PieceTrie.Build(pieces.Where(p => p.Piece.Length > 2 && p.Piece.AsSpan().StartsWith("##"u8)).Select(p => (p.Piece[2..], p.Id)));
        specials = PieceTrie.Build(Enumerable.Range(0, tokens.Length).Where(id => GgufBytePairs.IsAdded(vocabulary, id)).Select(id => (Utf8.Encode(tokens[id]), id)));
    }

    public override int VocabularySize => tokens.Length;

    /// <summary>The token for words that cannot be spelt.</summary>
    public int UnknownId => unknown;

    /// <summary>Whether text becomes lower case.</summary>
    public bool Lowercases => lowercase;

    /// <summary>Whether accents are taken off.</summary>
    public bool StripsAccents => stripAccents;

    public override string? IdToToken(int id) => id >= 0 && id < tokens.Length ? tokens[id] : null;

    public override int? TokenToId(string token) => ids.TryGetValue(token ?? throw new ArgumentNullException(nameof(token)), out int id) ? id : null;

    public override bool IsSpecial(int id) =>
        id >= 0 && id < tokens.Length && vocabulary.TokenTypes?[id] is (int)PieceType.Control or (int)PieceType.Unknown;

    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(special);
        var output = new TokenList();
        if (addSpecial && before is { } first) output.AddSpecial(first);
        byte[] utf8 = Utf8.Encode(text);
        int begin = 0, beginPoint = 0, point = 0;
        for (int at = 0; at < utf8.Length;)
        {
            int id = -1;
            int length = specials is null ? 0 : specials.LongestPrefix(utf8.AsSpan(at), out id);
            (int start, int from) = (point, at);
            for (int skip = Math.Max(1, length); skip > 0; skip--, at++)
                if (Utf8.IsBoundary(utf8[at])) point++;
            if (length == 0 || (IsSpecial(id) && !special.Allows(start, point))) continue;
            EncodePlain(utf8.AsSpan(begin, from - begin), beginPoint, output);
            output.Add(id, start, point);
            (begin, beginPoint) = (at, point);
        }

        EncodePlain(utf8.AsSpan(begin), beginPoint, output);
        if (addSpecial && after is { } last) output.AddSpecial(last);
        return output.Build(id => tokens[id]);
    }

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var decoder = new WordPieceDecoder(this, skipSpecial);
        var text = new StringBuilder();
        foreach (int id in ids) text.Append(decoder.Push(id));
        return text.ToString();
    }

    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => new WordPieceDecoder(this, skipSpecial);

    private void EncodePlain(ReadOnlySpan<byte> utf8, int first, TokenList output) =>
        BertText.ForEachWord(utf8, first, lowercase, stripAccents, (points, places) => EncodeWord(points, places, output));

    private void EncodeWord(List<int> points, List<int> places, TokenList output)
    {
        int end = places[^1] + 1;
        if (points.Count > LongestWord)
        {
            output.Add(unknown, places[0], end);
            return;
        }

        byte[] word = new byte[4 * points.Count];
        int[] pointOf = new int[word.Length + 1];
        int length = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int bytes = new Rune(points[i]).EncodeToUtf8(word.AsSpan(length));
            pointOf.AsSpan(length, bytes).Fill(i);
            length += bytes;
        }

        var found = new List<(int Id, int Begin, int End)>();
        for (int at = 0; at < length;)
        {
            PieceTrie? trie = at == 0 ? beginnings : continuations;
            int id = -1;
            int fits = trie is null ? 0 : trie.LongestPrefix(word.AsSpan(at, length - at), out id);
            if (fits == 0)
            {
                output.Add(unknown, places[0], end);
                return;
            }

            found.Add((id, places[pointOf[at]], places[pointOf[at + fits - 1]] + 1));
            at += fits;
        }

        foreach ((int id, int from, int to) in found) output.Add(id, from, to);
    }

    /// <summary>Joins tokens: a space before each that begins a word, and none before common punctuation.</summary>
    private sealed class WordPieceDecoder(WordPieceTokenizer tokenizer, bool skipSpecial) : StreamingDecoder
    {
        private static readonly (string, string)[] Joins =
        [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ];

        private bool started;

        public override string Push(int id)
        {
            if (id < 0 || id >= tokenizer.tokens.Length || (skipSpecial && tokenizer.IsSpecial(id))) return "";
            string token = tokenizer.tokens[id];
            if (started) token = token.StartsWith("##", StringComparison.Ordinal) ? token[2..] : " " + token;
            started = true;
            foreach ((string from, string to) in Joins) token = token.Replace(from, to, StringComparison.Ordinal);
            return token;
        }

        public override string Flush()
        {
            started = false;
            return "";
        }
    }
}

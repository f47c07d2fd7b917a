using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Models.WordPiece;

/// <summary>
/// BERT's model: the longest token that a word begins with, then the longest continuation, and so on; a word that cannot be
/// spelt so is unknown as a whole. Thread-safe.
/// </summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly CodePointTrie _starts = new();
    private readonly CodePointTrie _continuations = new();
    private readonly int _unknown;
    private readonly int _maxLength;
    private IReadOnlySet<int> _special = new HashSet<int>();

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknown">Id of the unknown token, or -1: unknown words are left out.</param>
    /// <param name="prefix">What continuations begin with in the vocabulary.</param>
    /// <param name="maxLength">Words of more characters are unknown.</param>
    public WordPieceModel(Vocabulary vocabulary, int unknown, string prefix, int maxLength)
        : base(vocabulary)
    {
        (_unknown, _maxLength) = (unknown, maxLength);
        foreach ((string token, int id) in vocabulary.Ids)
        {
            if (token.Length == 0) continue;
            _starts.Set(CodePoints.From(token), id);
            if (token.Length > prefix.Length && token.StartsWith(prefix, StringComparison.Ordinal))
                _continuations.Set(CodePoints.From(token.AsSpan(prefix.Length)), id);
        }
    }

    /// <inheritdoc/>
    public override int UnknownId => _unknown;

    /// <inheritdoc/>
    public override void SetSpecial(IReadOnlySet<int> special) => _special = special;

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<int> piece, TokenSink sink)
    {
        (int ids, int ranges) = (sink.Ids.Count, sink.Ranges.Count);
        bool spelt = piece.Length <= _maxLength;
        for (int at = 0; spelt && at < piece.Length;)
        {
            int end = Longest(at == 0 ? _starts : _continuations, piece, at, sink.Strict, out int id);
            spelt = end > at;
            if (spelt) sink.Add(id, at, end);
            at = end;
        }

        if (spelt) return;
        sink.Ids.RemoveRange(ids, sink.Ids.Count - ids);
        sink.Ranges.RemoveRange(ranges, sink.Ranges.Count - ranges);
        if (_unknown >= 0) sink.Add(_unknown, 0, piece.Length);
    }

    private int Longest(CodePointTrie trie, ReadOnlySpan<int> piece, int at, bool strict, out int id)
    {
        int state = 0;
        int end = at;
        id = -1;
        for (int i = at; i < piece.Length; i++)
        {
            state = trie.Next(state, piece[i]);
            if (state < 0) break;
            int value = trie.Value(state);
            if (value >= 0 && !(strict && _special.Contains(value))) (id, end) = (value, i + 1);
        }

        return end;
    }
}

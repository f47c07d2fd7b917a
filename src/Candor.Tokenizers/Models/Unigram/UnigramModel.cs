using System.Buffers;
using System.Globalization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Models.Unigram;

/// <summary>
/// The unigram language model (Kudo, 2018): of all ways to spell a piece with tokens the one of the greatest sum of scores,
/// found by Viterbi's algorithm. Neighbouring unknown characters are one token. Thread-safe.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly CodePointTrie _trie = new();
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _bytes;
    private readonly WordCache _cache = new();
    private readonly WordCache _strictCache = new();
    private IReadOnlySet<int> _special = new HashSet<int>();

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens; ids are places in the list of scores.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="unknown">Id of the unknown token, or -1: unknown characters are left out.</param>
    /// <param name="byteFallback">Whether unknown characters become the tokens of their bytes.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int unknown, bool byteFallback)
        : base(vocabulary)
    {
        (_scores, _unknown) = (scores, unknown);
        foreach ((string token, int id) in vocabulary.Ids)
            if (token.Length > 0) _trie.Set(CodePoints.From(token), id);
        _unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
        if (!byteFallback) return;
        int[] bytes = [.. Enumerable.Range(0, 256).Select(b => vocabulary.Id("<0x" + b.ToString("X2", CultureInfo.InvariantCulture) + ">") ?? -1)];
        _bytes = bytes;
    }

    /// <inheritdoc/>
    public override int UnknownId => _unknown;

    /// <inheritdoc/>
    public override bool IsVerbatim => true;

    /// <inheritdoc/>
    public override void SetSpecial(IReadOnlySet<int> special) => _special = special;

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<int> piece, TokenSink sink)
    {
        WordCache cache = sink.Strict ? _strictCache : _cache;
        bool caches = piece.Length <= WordCache.MaxLength;
        uint hash = caches ? WordCache.Hash(piece) : 0;
        if (!caches || !cache.TryGet(piece, hash, out int[] ids, out int[] ranges))
        {
            (ids, ranges) = Spell(piece, sink.Strict);
            if (caches) cache.Set(piece, hash, ids, ranges);
        }

        for (int i = 0; i < ids.Length; i++) sink.Add(ids[i], ranges[i * 2], ranges[i * 2 + 1]);
    }

    /// <summary>The ids of a piece's tokens, and begin and end of each.</summary>
    private (int[] Ids, int[] Ranges) Spell(ReadOnlySpan<int> piece, bool strict)
    {
        int count = piece.Length + 1;
        int[] rented = ArrayPool<int>.Shared.Rent(count * 2);
        double[] scores = ArrayPool<double>.Shared.Rent(count);
        Span<int> best = rented.AsSpan(0, count);
        Span<int> starts = rented.AsSpan(count, count);
        FindBest(piece, strict, best, starts, scores);
        var ids = new List<int>();
        var ranges = new List<int>();
        for (int end = piece.Length; end > 0;)
        {
            int start = starts[end];
            int id = best[end];

            // Unknown neighbours are one; together they may spell a token after all.
            while (id == _unknown && start > 0 && best[start] == _unknown) start = starts[start];
            AddBackwards(piece, strict, start, end, id, ids, ranges);
            end = start;
        }

        ArrayPool<int>.Shared.Return(rented);
        ArrayPool<double>.Shared.Return(scores);
        ids.Reverse();
        ranges.Reverse();
        return ([.. ids], [.. ranges]);
    }

    private void AddBackwards(ReadOnlySpan<int> piece, bool strict, int start, int end, int id, List<int> ids, List<int> ranges)
    {
        if (id == _unknown)
        {
            int whole = _trie.Find(piece[start..end]);
            if (whole >= 0 && !(strict && _special.Contains(whole))) id = whole;
            else if (_bytes is not null)
            {
                byte[] bytes = System.Text.Encoding.UTF8.GetBytes(CodePoints.ToText(piece[start..end]));
                if (Array.TrueForAll(bytes, b => _bytes[b] >= 0))
                {
                    for (int i = bytes.Length - 1; i >= 0; i--) Put(_bytes[bytes[i]]);
                    return;
                }
            }
        }

        if (id >= 0) Put(id);

        void Put(int token)
        {
            ids.Add(token);
            ranges.Add(end);
            ranges.Add(start);
        }
    }

    private void FindBest(ReadOnlySpan<int> piece, bool strict, Span<int> best, Span<int> starts, Span<double> scores)
    {
        starts.Fill(-1);
        scores[0] = 0;
        for (int at = 0; at < piece.Length; at++)
        {
            double here = scores[at];
            bool single = false;
            int state = 0;
            for (int i = at; i < piece.Length; i++)
            {
                state = _trie.Next(state, piece[i]);
                if (state < 0) break;
                int id = _trie.Value(state);
                if (id < 0 || (strict && _special.Contains(id))) continue;
                Offer(i + 1, here + _scores[id], id, best, starts, scores, at);
                single |= i == at;
            }

            if (!single) Offer(at + 1, here + _unknownScore, _unknown, best, starts, scores, at);
        }
    }

    private static void Offer(int end, double score, int id, Span<int> best, Span<int> starts, Span<double> scores, int start)
    {
        if (starts[end] >= 0 && score <= scores[end]) return;
        (best[end], starts[end], scores[end]) = (id, start, score);
    }
}

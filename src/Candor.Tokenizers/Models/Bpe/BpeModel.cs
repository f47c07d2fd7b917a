using System.Buffers;
using System.Globalization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Models.Bpe;

/// <summary>Byte-pair encoding of pieces, with a cache of words. Thread-safe.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly BpeOptions _options;
    private readonly MergeTable _merges;
    private readonly CharacterTable[] _characters;
    private readonly int[]? _bytes;
    private readonly int _unknown = -1;
    private readonly int[] _prefixBytes;
    private readonly int[] _suffixBytes;
    private readonly WordCache _cache = new();
    private readonly WordCache _strictCache = new();
    private readonly Lazy<SafeCuts?> _cuts;
    private MergeTable _strictMerges;
    private IReadOnlySet<int> _special = new HashSet<int>();

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens; an unknown token that is named must be among them.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="options">The rest.</param>
    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
        : base(vocabulary)
    {
        (_merges, _strictMerges, _options) = (merges, merges, options);
        _cuts = new Lazy<SafeCuts?>(CreateCuts);
        _unknown = options.UnknownToken is null ? -1 : vocabulary.Id(options.UnknownToken) ?? -1;

        // By whether a character is continued from another (1) and whether it ends the word (2).
        _characters = [.. Enumerable.Range(0, 4).Select(kind => new CharacterTable(
            vocabulary, (kind & 1) != 0 ? options.ContinuingPrefix : "", (kind & 2) != 0 ? options.EndOfWordSuffix : ""))];
        if (options.ByteFallback)
            _bytes = [.. Enumerable.Range(0, 256).Select(b => vocabulary.Id("<0x" + b.ToString("X2", CultureInfo.InvariantCulture) + ">") ?? -1)];
        _prefixBytes = [.. System.Text.Encoding.UTF8.GetBytes(options.ContinuingPrefix).Select(b => (int)b)];
        _suffixBytes = [.. System.Text.Encoding.UTF8.GetBytes(options.EndOfWordSuffix).Select(b => (int)b)];
    }

    /// <inheritdoc/>
    public override int UnknownId => _unknown;

    /// <inheritdoc/>
    public override void SetSpecial(IReadOnlySet<int> special)
    {
        _special = special;
        _strictMerges = _merges.Without(special);
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<int> piece, TokenSink sink)
    {
        if (piece.Length <= WordCache.MaxLength || _cuts.Value is not { } cuts)
        {
            TokenizePart(piece, 0, sink);
            return;
        }

        for (int start = 0; start < piece.Length;)
        {
            int end = cuts.Next(piece, start, _characters[0]);
            TokenizePart(piece[start..end], start, sink);
            start = end;
        }
    }

    private void TokenizePart(ReadOnlySpan<int> piece, int origin, TokenSink sink)
    {
        WordCache cache = sink.Strict ? _strictCache : _cache;
        bool caches = piece.Length <= WordCache.MaxLength;
        uint hash = caches ? WordCache.Hash(piece) : 0;
        if (caches && cache.TryGet(piece, hash, out int[] knownIds, out int[] knownWidths))
        {
            Emit(piece, origin, knownIds, knownWidths, sink);
            return;
        }

        if (_options.IgnoreMerges && Vocabulary.Find(piece) is >= 0 and int whole && !(sink.Strict && _special.Contains(whole)))
        {
            int width = 0;
            foreach (int c in piece) width += Width(c);
            Done([whole], [width], piece);
            return;
        }

        int room = checked((piece.Length + 1) * (_options.ByteFallback ? 4 + _prefixBytes.Length : 1) + _suffixBytes.Length);
        int[] rented = ArrayPool<int>.Shared.Rent(checked(room * 2));
        Span<int> ids = rented.AsSpan(0, room);
        Span<int> widths = rented.AsSpan(room, room);
        int count = Spell(piece, ids, widths);
        count = BytePairMerger.Merge(sink.Strict ? _strictMerges : _merges, ids[..count], widths[..count]);
        Done(ids[..count], widths[..count], piece);
        ArrayPool<int>.Shared.Return(rented);

        void Done(ReadOnlySpan<int> foundIds, ReadOnlySpan<int> foundWidths, ReadOnlySpan<int> word)
        {
            if (caches) cache.Set(word, hash, foundIds, foundWidths);
            Emit(word, origin, foundIds, foundWidths, sink);
        }
    }

    /// <summary>Cuts for pieces of many words; none where the ends of a piece matter.</summary>
    private SafeCuts? CreateCuts()
    {
        if (_options.IgnoreMerges || _options.ContinuingPrefix.Length + _options.EndOfWordSuffix.Length > 0) return null;
        var opaque = new HashSet<int>(_bytes ?? []) { _unknown };
        return SafeCuts.Create(_merges, Vocabulary, opaque);
    }

    // Widths are in bytes where a token can be part of a character, else in characters.
    private int Width(int codePoint) => _bytes is null ? 1 : CodePoints.Utf8Length(codePoint);

    private void Emit(ReadOnlySpan<int> piece, int origin, ReadOnlySpan<int> ids, ReadOnlySpan<int> widths, TokenSink sink)
    {
        if (!sink.Tracks)
        {
            foreach (int id in ids) sink.Ids.Add(id);
            return;
        }

        if (_bytes is null)
        {
            int at = 0;
            for (int i = 0; i < ids.Length; i++)
            {
                sink.Add(ids[i], origin + at, origin + Math.Min(piece.Length, at + widths[i]));
                at = Math.Min(piece.Length, at + widths[i]);
            }

            return;
        }

        // A token covers every character of which it has a byte.
        int position = 0, first = 0, firstStart = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            int end = position + widths[i];
            while (first < piece.Length && firstStart + Width(piece[first]) <= position) firstStart += Width(piece[first++]);
            int last = first, lastStart = firstStart;
            while (last < piece.Length && lastStart < end) lastStart += Width(piece[last++]);
            sink.Add(ids[i], origin + first, origin + last);
            position = end;
        }
    }

    /// <summary>Writes the smallest tokens of a word and returns how many there are.</summary>
    private int Spell(ReadOnlySpan<int> piece, Span<int> ids, Span<int> widths)
    {
        int count = 0;
        int unknownWidth = 0;
        bool unknown = false;
        for (int i = 0; i < piece.Length; i++)
        {
            int c = piece[i];
            int width = Width(c);
            bool continued = i > 0, last = i == piece.Length - 1;
            int id = _characters[(continued ? 1 : 0) | (last ? 2 : 0)].Find(c);
            if (id >= 0)
            {
                if (unknown) (ids[count], widths[count++]) = (_unknown, unknownWidth);
                unknown = false;
                (ids[count], widths[count++]) = (id, width);
                continue;
            }

            if (_bytes is not null && TrySpellBytes(c, continued, last, ids, widths, ref count)) continue;
            if (_unknown < 0) continue;
            if (unknown && _options.FuseUnknown)
            {
                unknownWidth += width;
                continue;
            }

            if (unknown) (ids[count], widths[count++]) = (_unknown, unknownWidth);
            (unknown, unknownWidth) = (true, width);
        }

        if (unknown) (ids[count], widths[count++]) = (_unknown, unknownWidth);
        return count;
    }

    private bool TrySpellBytes(int c, bool continued, bool last, Span<int> ids, Span<int> widths, ref int count)
    {
        int start = count;
        Span<byte> bytes = stackalloc byte[4];
        int size = CodePoints.ToUtf8(c, bytes);
        bool all = true;
        if (continued)
            foreach (int b in _prefixBytes) all &= Put(b, ids, widths, ref count);
        for (int b = 0; b < size; b++) all &= Put(bytes[b], ids, widths, ref count);
        if (last)
            foreach (int b in _suffixBytes) all &= Put(b, ids, widths, ref count);
        if (!all) count = start;
        return all;
    }

    private bool Put(int value, Span<int> ids, Span<int> widths, ref int count)
    {
        (ids[count], widths[count++]) = (_bytes![value], 1);
        return _bytes[value] >= 0;
    }
}

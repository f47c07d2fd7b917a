namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// Byte-pair encoding as SentencePiece does it: of all neighbours whose union is a piece, the pair with the greatest score is
/// joined first, of equal ones the leftmost. Pieces of type unused take part and are taken apart again at the end. The time is
/// O(n log n) in the text's length.
/// </summary>
internal static class BpeSegmenter
{
    /// <summary>Cuts normalized text.</summary>
    public static void Segment(SentencePieceModel model, ReadOnlySpan<byte> text, List<Segment> output)
    {
        var queue = new MergeQueue(64);
        if (!model.WordsAreApart)
        {
            SegmentPart(model, text, 0, text.Length, queue, new Symbol[text.Length], output);
            return;
        }

        // No piece reaches from one word into the next, so that each word is a small problem of its own.
        Symbol[] symbols = new Symbol[64];
        for (int begin = 0; begin < text.Length;)
        {
            int end = NextWord(text, begin);
            if (symbols.Length < end - begin) symbols = new Symbol[2 * (end - begin)];
            SegmentPart(model, text, begin, end, queue, symbols, output);
            begin = end;
        }
    }

    /// <summary>Where the next word begins: at a space that follows something else.</summary>
    private static int NextWord(ReadOnlySpan<byte> text, int begin)
    {
        int at = begin;
        while (text[at..].StartsWith(Normalizer.Space)) at += Normalizer.Space.Length;
        int next = text[at..].IndexOf(Normalizer.Space);
        return next < 0 ? text.Length : at + next;
    }

    private static void SegmentPart(SentencePieceModel model, ReadOnlySpan<byte> text, int from, int to, MergeQueue queue, Symbol[] symbols, List<Segment> output)
    {
        if (from == to) return;
        int count = Split(model, text, from, to, symbols);
        Dictionary<long, int>? splits = null; // (begin, length) of an unused piece -> length of its left part
        for (int i = 1; i < count; i++) Consider(model, text, symbols, i - 1, i, queue, ref splits);

        while (queue.TryPop(out Merge merge))
        {
            ref Symbol left = ref symbols[merge.Left];
            ref Symbol right = ref symbols[merge.Right];
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != merge.Length) continue;
            left.Length += right.Length;
            left.Next = right.Next;
            if (right.Next >= 0) symbols[right.Next].Previous = merge.Left;
            right.Length = 0;
            Consider(model, text, symbols, left.Previous, merge.Left, queue, ref splits);
            Consider(model, text, symbols, merge.Left, left.Next, queue, ref splits);
        }

        for (int i = 0; i >= 0; i = symbols[i].Next) Emit(model, text, symbols[i].Begin, symbols[i].Length, splits, output);
    }

    private static int Split(SentencePieceModel model, ReadOnlySpan<byte> text, int from, int to, Symbol[] symbols)
    {
        int count = 0;
        for (int begin = from; begin < to;)
        {
            int length = model.Symbols?.LongestPrefix(text[begin..to], out _) ?? 0;
            bool frozen = length > 0;
            if (!frozen) length = Math.Min(Utf8.ClaimedLength(text[begin]), to - begin);
            symbols[count] = new Symbol { Begin = begin, Length = length, Previous = count - 1, Next = count + 1, Frozen = frozen };
            count++;
            begin += length;
        }

        symbols[count - 1].Next = -1;
        return count;
    }

    private static void Consider(SentencePieceModel model, ReadOnlySpan<byte> text, Symbol[] symbols, int left, int right, MergeQueue queue, ref Dictionary<long, int>? splits)
    {
        if (left < 0 || right < 0 || symbols[left].Frozen || symbols[right].Frozen) return;
        int begin = symbols[left].Begin, length = symbols[left].Length + symbols[right].Length;
        if (length > model.LongestPiece) return;
        int id = model.FindText(text.Slice(begin, length));
        if (id < 0) return;
        queue.Push(new Merge(model.Score(id), left, right, length));
        if (model.TypeOf(id) == PieceType.Unused) (splits ??= [])[Key(begin, length)] = symbols[left].Length;
    }

    private static void Emit(SentencePieceModel model, ReadOnlySpan<byte> text, int begin, int length, Dictionary<long, int>? splits, List<Segment> output)
    {
        int id = model.Find(text.Slice(begin, length));
        if (splits is null || id < 0 || model.TypeOf(id) != PieceType.Unused || !splits.ContainsKey(Key(begin, length)))
        {
            output.Add(new Segment(begin, length, id));
            return;
        }

        var pending = new Stack<(int Begin, int Length)>();
        pending.Push((begin, length));
        while (pending.TryPop(out (int Begin, int Length) part))
        {
            id = model.Find(text.Slice(part.Begin, part.Length));
            if (id >= 0 && model.TypeOf(id) == PieceType.Unused && splits.TryGetValue(Key(part.Begin, part.Length), out int left))
            {
                pending.Push((part.Begin + left, part.Length - left));
                pending.Push((part.Begin, left));
            }
            else
            {
                output.Add(new Segment(part.Begin, part.Length, id));
            }
        }
    }

    private static long Key(int begin, int length) => ((long)begin << 32) | (uint)length;

    private struct Symbol
    {
        public int Begin;
        public int Length; // 0: joined to the symbol before
        public int Previous;
        public int Next;
        public bool Frozen; // user-defined: never joined
    }
}

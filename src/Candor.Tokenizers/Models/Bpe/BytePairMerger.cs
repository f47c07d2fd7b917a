using System.Buffers;

namespace Candor.Tokenizers.Models.Bpe;

/// <summary>
/// Byte-pair merging (Sennrich et al., 2016): as long as two neighbours can merge, the pair of least rank does, the
/// leftmost of several. Short words are searched each time; long ones go through a heap over a linked list, n log n.
/// </summary>
internal static class BytePairMerger
{
    private const int LongWord = 48;

    /// <summary>Merges in place and returns how many tokens are left.</summary>
    /// <param name="merges">The merges.</param>
    /// <param name="ids">Ids of the smallest tokens of the word; negative ones never merge.</param>
    /// <param name="widths">Widths of the tokens in any unit, as many as ids; a merged token has the sum of its parts.</param>
    public static int Merge(MergeTable merges, Span<int> ids, Span<int> widths) =>
        ids.Length < 2 ? ids.Length : ids.Length <= LongWord ? MergeShort(merges, ids, widths) : MergeLong(merges, ids, widths);

    private static int MergeShort(MergeTable merges, Span<int> ids, Span<int> widths)
    {
        int count = ids.Length;
        Span<int> ranks = stackalloc int[LongWord];
        Span<int> merged = stackalloc int[LongWord];
        for (int i = 0; i + 1 < count; i++) merges.TryGet(ids[i], ids[i + 1], out ranks[i], out merged[i]);
        ranks[count - 1] = int.MaxValue;
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
                if (ranks[i] < ranks[best]) best = i;
            if (merged[best] < 0 || ranks[best] == int.MaxValue) break;
            ids[best] = merged[best];
            widths[best] += widths[best + 1];
            int tail = count - best - 2;
            ids.Slice(best + 2, tail).CopyTo(ids[(best + 1)..]);
            widths.Slice(best + 2, tail).CopyTo(widths[(best + 1)..]);
            ranks.Slice(best + 2, tail).CopyTo(ranks[(best + 1)..]);
            merged.Slice(best + 2, tail).CopyTo(merged[(best + 1)..]);
            count--;
            Look(merges, ids, ranks, merged, best, count);
            if (best > 0) Look(merges, ids, ranks, merged, best - 1, count);
        }

        return count;
    }

    private static void Look(MergeTable merges, Span<int> ids, Span<int> ranks, Span<int> merged, int at, int count)
    {
        if (at + 1 < count) merges.TryGet(ids[at], ids[at + 1], out ranks[at], out merged[at]);
        else (ranks[at], merged[at]) = (int.MaxValue, -1);
    }

    private static int MergeLong(MergeTable merges, Span<int> ids, Span<int> widths)
    {
        int count = ids.Length;
        int[] rented = ArrayPool<int>.Shared.Rent(count * 2);
        Span<int> next = rented.AsSpan(0, count);
        Span<int> previous = rented.AsSpan(count, count);
        var heap = new MergeHeap(count);
        for (int i = 0; i < count; i++) (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < count; i++)
            if (merges.TryGet(ids[i], ids[i + 1], out int rank, out _)) heap.Push(rank, i);

        // A token that was swallowed has width -1.
        while (heap.TryPop(out int rank, out int at))
        {
            if (widths[at] < 0) continue;
            int right = next[at];
            if (right >= count || !merges.TryGet(ids[at], ids[right], out int now, out int id) || now != rank) continue;
            ids[at] = id;
            widths[at] += widths[right];
            widths[right] = -1;
            next[at] = next[right];
            if (next[at] < count)
            {
                previous[next[at]] = at;
                if (merges.TryGet(id, ids[next[at]], out rank, out _)) heap.Push(rank, at);
            }

            if (previous[at] >= 0 && merges.TryGet(ids[previous[at]], id, out rank, out _)) heap.Push(rank, previous[at]);
        }

        int length = 0;
        for (int i = 0; i < count; i = next[i]) (ids[length], widths[length++]) = (ids[i], widths[i]);
        heap.Dispose();
        ArrayPool<int>.Shared.Return(rented);
        return length;
    }
}

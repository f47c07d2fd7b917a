namespace Candor.Tokenizers.SentencePiece;

/// <summary>Two neighbours that could be joined.</summary>
/// <param name="Score">Score of the union.</param>
/// <param name="Left">Index of the left symbol.</param>
/// <param name="Right">Index of the right symbol.</param>
/// <param name="Length">Length of the union, by which an outdated pair is known.</param>
internal readonly record struct Merge(float Score, int Left, int Right, int Length);

/// <summary>A binary heap of merges: the greatest score first, of equal ones the leftmost.</summary>
internal sealed class MergeQueue(int capacity)
{
    private Merge[] heap = new Merge[Math.Max(capacity, 4)];
    private int count;

    public void Push(Merge merge)
    {
        if (count == heap.Length) Array.Resize(ref heap, checked(2 * count));
        int place = count++;
        while (place > 0)
        {
            int parent = (place - 1) >> 1;
            if (!Before(merge, heap[parent])) break;
            heap[place] = heap[parent];
            place = parent;
        }

        heap[place] = merge;
    }

    public bool TryPop(out Merge merge)
    {
        if (count == 0)
        {
            merge = default;
            return false;
        }

        merge = heap[0];
        Merge last = heap[--count];
        int place = 0;
        while (true)
        {
            int child = (2 * place) + 1;
            if (child >= count) break;
            if (child + 1 < count && Before(heap[child + 1], heap[child])) child++;
            if (!Before(heap[child], last)) break;
            heap[place] = heap[child];
            place = child;
        }

        heap[place] = last;
        return true;
    }

    private static bool Before(in Merge a, in Merge b) => a.Score > b.Score || (a.Score == b.Score && a.Left < b.Left);
}

using System.Buffers;

namespace Candor.Tokenizers.Models.Bpe;

/// <summary>A heap of (rank, position): the least rank first, of equal ones the leftmost position.</summary>
internal struct MergeHeap(int capacity) : IDisposable
{
    private ulong[] _items = ArrayPool<ulong>.Shared.Rent(Math.Max(16, capacity));
    private int _count;

    /// <summary>Adds an entry.</summary>
    public void Push(int rank, int position)
    {
        if (_count == _items.Length)
        {
            ulong[] larger = ArrayPool<ulong>.Shared.Rent(_count * 2);
            _items.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<ulong>.Shared.Return(_items);
            _items = larger;
        }

        // Ranks may be negative: the shifted sign keeps their order.
        ulong item = (ulong)((uint)rank ^ 0x80000000) << 32 | (uint)position;
        int at = _count++;
        while (at > 0)
        {
            int parent = (at - 1) >> 2;
            if (_items[parent] <= item) break;
            _items[at] = _items[parent];
            at = parent;
        }

        _items[at] = item;
    }

    /// <summary>Takes the first entry, if there is one.</summary>
    public bool TryPop(out int rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (0, 0);
            return false;
        }

        ulong top = _items[0];
        ulong item = _items[--_count];
        int at = 0;
        while (true)
        {
            int child = at * 4 + 1;
            if (child >= _count) break;
            int least = child;
            int stop = Math.Min(child + 4, _count);
            for (int i = child + 1; i < stop; i++)
                if (_items[i] < _items[least]) least = i;
            if (_items[least] >= item) break;
            _items[at] = _items[least];
            at = least;
        }

        _items[at] = item;
        (rank, position) = ((int)((uint)(top >> 32) ^ 0x80000000), (int)(uint)top);
        return true;
    }

    /// <summary>Gives back its memory.</summary>
    public void Dispose() => ArrayPool<ulong>.Shared.Return(_items);
}

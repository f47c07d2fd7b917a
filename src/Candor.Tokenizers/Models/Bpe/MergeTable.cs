using System.Numerics;
using System.Runtime.CompilerServices;

namespace Candor.Tokenizers.Models.Bpe;

/// <summary>Which two neighbouring tokens merge, in which order of preference, into which token. Thread-safe once built.</summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private ulong[] _keys;
    private (int Rank, int Id)[] _values;
    private int _mask;

    /// <summary>An empty table with room for a number of merges.</summary>
    public MergeTable(int capacity = 0)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, (long)capacity * 2));
        _keys = new ulong[size];
        _values = new (int, int)[size];
        _mask = size - 1;
        Array.Fill(_keys, Free);
    }

    /// <summary>How many merges there are.</summary>
    public int Count { get; private set; }

    /// <summary>Sets a merge; a later one for the same pair replaces an earlier one.</summary>
    /// <param name="left">Id of the left token, 0 or more.</param>
    /// <param name="right">Id of the right token, 0 or more.</param>
    /// <param name="rank">Preference: the least merges first.</param>
    /// <param name="id">Id of the merged token.</param>
    public void Set(int left, int right, int rank, int id)
    {
        if ((Count + 1) * 2 > _keys.Length) Grow();
        ulong key = Key(left, right);
        int slot = Slot(key);
        if (_keys[slot] == Free) Count++;
        (_keys[slot], _values[slot]) = (key, (rank, id));
    }

    /// <summary>Finds the merge of two tokens; ids below 0 never merge.</summary>
    public bool TryGet(int left, int right, out int rank, out int id)
    {
        if ((left | right) >= 0)
        {
            int slot = Slot(Key(left, right));
            if (_keys[slot] != Free)
            {
                (rank, id) = _values[slot];
                return true;
            }
        }

        (rank, id) = (int.MaxValue, -1);
        return false;
    }

    /// <summary>All merges, in no order.</summary>
    public IEnumerable<(int Left, int Right, int Id)> Entries()
    {
        for (int i = 0; i < _keys.Length; i++)
            if (_keys[i] != Free) yield return ((int)(_keys[i] >> 32), (int)(uint)_keys[i], _values[i].Id);
    }

    /// <summary>The merges that do not end in one of these tokens: this table itself where none does.</summary>
    public MergeTable Without(IReadOnlySet<int> ids)
    {
        bool any = false;
        for (int i = 0; i < _keys.Length && !any; i++) any = _keys[i] != Free && ids.Contains(_values[i].Id);
        if (!any) return this;
        var rest = new MergeTable(Count);
        for (int i = 0; i < _keys.Length; i++)
            if (_keys[i] != Free && !ids.Contains(_values[i].Id)) rest.Set((int)(_keys[i] >> 32), (int)(uint)_keys[i], _values[i].Rank, _values[i].Id);
        return rest;
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ulong key)
    {
        int slot = (int)((key * 0x9E3779B97F4A7C15 ^ key >> 29) >> 20) & _mask;
        while (_keys[slot] != key && _keys[slot] != Free) slot = (slot + 1) & _mask;
        return slot;
    }

    private void Grow()
    {
        (ulong[] keys, (int, int)[] values) = (_keys, _values);
        _keys = new ulong[keys.Length * 2];
        _values = new (int, int)[keys.Length * 2];
        _mask = _keys.Length - 1;
        Array.Fill(_keys, Free);
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == Free) continue;
            int slot = Slot(keys[i]);
            (_keys[slot], _values[slot]) = (keys[i], values[i]);
        }
    }
}

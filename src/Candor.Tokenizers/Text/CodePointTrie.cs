namespace Candor.Tokenizers.Text;

/// <summary>A trie over code points: states are numbers, transitions lie in one open hash table. Thread-safe once built.</summary>
internal sealed class CodePointTrie
{
    private const long Free = -1;

    private long[] _keys = new long[64];
    private int[] _next = new int[64];
    private int[] _values = new int[16];
    private int _transitions;
    private int _states = 1;

    /// <summary>An empty trie.</summary>
    public CodePointTrie()
    {
        Array.Fill(_keys, Free);
        Array.Fill(_values, -1);
    }

    /// <summary>Sets the value of a word, 0 or more.</summary>
    /// <param name="word">The word.</param>
    /// <param name="value">The value.</param>
    /// <param name="replace">Whether it replaces an earlier value.</param>
    public void Set(ReadOnlySpan<int> word, int value, bool replace = true)
    {
        int state = 0;
        foreach (int c in word) state = NextOrNew(state, c);
        if (replace || _values[state] < 0) _values[state] = value;
    }

    /// <summary>The state after a character, or -1 where no word goes on so. State 0 is the start.</summary>
    public int Next(int state, int codePoint)
    {
        int slot = Slot(Key(state, codePoint));
        return _keys[slot] == Free ? -1 : _next[slot];
    }

    /// <summary>The value of the word that ends in a state, or -1.</summary>
    public int Value(int state) => _values[state];

    /// <summary>The value of a whole word, or -1.</summary>
    public int Find(ReadOnlySpan<int> word)
    {
        int state = 0;
        foreach (int c in word)
        {
            state = Next(state, c);
            if (state < 0) return -1;
        }

        return _values[state];
    }

    private static long Key(int state, int codePoint) => (long)state << 21 | (uint)codePoint;

    private int Slot(long key)
    {
        int mask = _keys.Length - 1;
        int slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> 34) & mask;
        while (_keys[slot] != key && _keys[slot] != Free) slot = (slot + 1) & mask;
        return slot;
    }

    private int NextOrNew(int state, int codePoint)
    {
        long key = Key(state, codePoint);
        int slot = Slot(key);
        if (_keys[slot] != Free) return _next[slot];
        if ((_transitions + 1) * 2 > _keys.Length)
        {
            Grow();
            slot = Slot(key);
        }

        if (_states == _values.Length)
        {
            Array.Resize(ref _values, _states * 2);
            _values.AsSpan(_states).Fill(-1);
        }

        (_keys[slot], _next[slot]) = (key, _states);
        _transitions++;
        return _states++;
    }

    private void Grow()
    {
        (long[] keys, int[] next) = (_keys, _next);
        _keys = new long[keys.Length * 2];
        _next = new int[keys.Length * 2];
        Array.Fill(_keys, Free);
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == Free) continue;
            int slot = Slot(keys[i]);
            (_keys[slot], _next[slot]) = (keys[i], next[i]);
        }
    }
}

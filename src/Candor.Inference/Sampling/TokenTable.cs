namespace Candor.Inference.Sampling;

/// <summary>
/// A map from token to count that is emptied and filled once per token generated: open addressing over arrays that are kept,
/// so that nothing is allocated once it has grown to the length of the history.
/// </summary>
internal sealed class TokenTable
{
    private int[] _keys = [], _values = [];

    // A slot belongs to the current filling only if it carries its number: emptying is adding one.
    private int[] _fillings = [];
    private int _filling, _count;

    /// <summary>Empties it and makes room for <paramref name="tokens"/> different tokens.</summary>
    public void Reset(int tokens)
    {
        int slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(tokens, 1 << 29) * 2L));
        if (_keys.Length < slots)
        {
            _keys = new int[slots];
            _values = new int[slots];
            _fillings = new int[slots];
            _filling = 0;
        }
        else if (_filling == int.MaxValue)
        {
            Array.Clear(_fillings);
            _filling = 0;
        }

        _filling++;
        _count = 0;
    }

    /// <summary>The value of a token, 0 at first.</summary>
    public ref int this[int token]
    {
        get
        {
            int mask = _keys.Length - 1;
            int slot = (int)((uint)token * 2654435769u >> 7) & mask;
            while (_fillings[slot] == _filling)
            {
                if (_keys[slot] == token) return ref _values[slot];
                slot = (slot + 1) & mask;
            }

            if (++_count >= _keys.Length) throw new InvalidOperationException("more tokens than room was made for");
            _fillings[slot] = _filling;
            _keys[slot] = token;
            _values[slot] = 0;
            return ref _values[slot];
        }
    }

    /// <summary>Walks the slots: the next one in use at or after <paramref name="slot"/>.</summary>
    public bool Next(ref int slot, out int token, out int value)
    {
        for (; slot < _keys.Length; slot++)
        {
            if (_fillings[slot] != _filling) continue;
            (token, value) = (_keys[slot], _values[slot]);
            slot++;
            return true;
        }

        token = value = 0;
        return false;
    }
}

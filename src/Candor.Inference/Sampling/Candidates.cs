using System.Numerics;
using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>
/// The tokens that may still be chosen: ids in rising order and their logits in double. Steps change the logits or remove
/// tokens; removal keeps the order, so whatever was removed and how, the same survivors look the same. As long as nothing was
/// removed the ids are implicit. A logit of -Infinity counts as removed once <see cref="DropForbidden"/> has run.
/// The buffers are allocated once for the vocabulary.
/// </summary>
internal sealed class Candidates(int vocabulary)
{
    private readonly double[] _logits = new double[vocabulary];
    private int[] _ids = [];
    private double[] _scratch = [], _second = [];
    private bool _dense;

    public int Vocabulary { get; } = vocabulary;

    public int Count { get; private set; }

    public Span<double> Logits => _logits.AsSpan(0, Count);

    /// <summary>Room for <see cref="Vocabulary"/> numbers, content left over from earlier use.</summary>
    public Span<double> Scratch => _scratch.Length == 0 ? _scratch = new double[Vocabulary] : _scratch;

    /// <inheritdoc cref="Scratch"/>
    public Span<double> SecondScratch => _second.Length == 0 ? _second = new double[Vocabulary] : _second;

    public int Id(int index) => _dense ? index : _ids[index];

    /// <summary>Where a token stands, or -1 where it was removed or is not of the vocabulary.</summary>
    public int IndexOf(int id)
    {
        if (_dense) return (uint)id < (uint)Count ? id : -1;
        int index = _ids.AsSpan(0, Count).BinarySearch(id);
        return index < 0 ? -1 : index;
    }

    /// <summary>Takes in a row of logits, after checking it.</summary>
    /// <exception cref="NumericException">NaN or +Infinity among them.</exception>
    public void Load(ReadOnlySpan<float> logits)
    {
        RawLogits.Check(logits);
        Fill(logits.Length);
        int i = 0;
        for (; i <= logits.Length - 8; i += 8)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(logits[i..]));
            low.CopyTo(_logits, i);
            high.CopyTo(_logits, i + 4);
        }

        for (; i < logits.Length; i++) _logits[i] = logits[i];
    }

    /// <summary>Makes every token of the vocabulary a candidate; its logits are to be written next.</summary>
    public void Fill(int count)
    {
        Count = count;
        _dense = true;
    }

    /// <summary>Removes what a step or the caller has forbidden by -Infinity.</summary>
    /// <exception cref="NumericException">Nothing is left.</exception>
    public void DropForbidden()
    {
        KeepFrom(double.MinValue);
        if (Count == 0) throw NumericException.NothingLeft();
    }

    /// <summary>Keeps the logits at or above <paramref name="cut"/>.</summary>
    public void KeepFrom(double cut) => KeepFrom(cut, int.MaxValue);

    /// <summary>Keeps the logits above <paramref name="cut"/>, and of those equal to it the first <paramref name="equals"/>.</summary>
    public void KeepFrom(double cut, int equals)
    {
        Span<double> logits = Logits;
        Vector256<double> least = Vector256.Create(cut);
        int i = 0;
        if (equals == int.MaxValue)
        {
            while (i <= logits.Length - 4 && Vector256.GreaterThanOrEqualAll(Vector256.Create((ReadOnlySpan<double>)logits[i..]), least)) i += 4;
            if (i == logits.Length) return;
            if (_dense)
                for (int id = 0; id < i; id++) Ids[id] = id;
        }

        int kept = i;
        for (; i <= logits.Length - 4; i += 4)
        {
            uint mask = Vector256.GreaterThanOrEqual(Vector256.Create((ReadOnlySpan<double>)logits[i..]), least).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1) Keep(logits, i + BitOperations.TrailingZeroCount(mask), cut, ref equals, ref kept);
        }

        for (; i < logits.Length; i++)
            if (logits[i] >= cut) Keep(logits, i, cut, ref equals, ref kept);
        Shrink(kept);
    }

    private void Keep(Span<double> logits, int index, double cut, ref int equals, ref int kept)
    {
        double logit = logits[index];
        if (logit == cut && equals-- <= 0) return;
        Move(index, kept++);
    }

    /// <summary>Moves a survivor forward; to be called in order, with <see cref="Shrink"/> at the end.</summary>
    public void Move(int from, int to)
    {
        _logits[to] = _logits[from];
        Ids[to] = Id(from);
    }

    /// <summary>Ends a removal: the first <paramref name="count"/> stay.</summary>
    public void Shrink(int count)
    {
        if (count < Count) _dense = false;
        Count = count;
    }

    /// <summary>Keeps one candidate only.</summary>
    public void KeepOnly(int index)
    {
        if (Count == 1) return;
        Move(index, 0);
        Shrink(1);
    }

    private int[] Ids => _ids.Length == 0 ? _ids = new int[Vocabulary] : _ids;
}

using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>What <c>range</c> gives: at most 100000 numbers.</summary>
internal sealed class RangeValue(BigInteger start, BigInteger stop, BigInteger step) : TemplateValue
{
    public const int MaxLength = 100_000;

    public BigInteger Start => start;

    public BigInteger Stop => stop;

    public BigInteger Step => step;

    public int Count { get; } = (int)FullLength(start, stop, step);

    internal override string TypeName => "range";

    internal override bool IsTrue => Count > 0;

    internal override long? Length => Count;

    /// <summary>How many numbers there would be.</summary>
    public static BigInteger FullLength(BigInteger start, BigInteger stop, BigInteger step)
    {
        if (step.Sign > 0) return start < stop ? ((stop - start - 1) / step) + 1 : 0;
        return start > stop ? ((start - stop - 1) / -step) + 1 : 0;
    }

    public TemplateValue At(int index) => IntegerValue.Of(start + (index * step));

    public IEnumerable<TemplateValue> Elements()
    {
        for (int i = 0; i < Count; i++) yield return At(i);
    }

    /// <summary>Whether a number is one of the range's.</summary>
    public int IndexOf(BigInteger number)
    {
        BigInteger offset = number - start;
        if (!(offset % step).IsZero) return -1;
        BigInteger index = offset / step;
        return index >= 0 && index < Count ? (int)index : -1;
    }

    internal override ValueIterator Iterate(RenderRun run) => new EnumeratorIterator(Elements().GetEnumerator());

    internal override TemplateValue? Item(RenderRun run, TemplateValue key)
    {
        if (!Integers.TryIndex(key, out long index)) return null;
        if (index < 0) index += Count;
        return index < 0 || index >= Count ? null : At((int)index);
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => SequenceMethods.BindRange(this, name);

    internal override void Repr(ReprWriter writer) =>
        writer.Append(step.IsOne ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");
}

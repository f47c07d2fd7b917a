using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's equality and hash of dictionary keys: 1, 1.0 and True are one key.</summary>
internal sealed class KeyComparer(RenderRun? run) : IEqualityComparer<TemplateValue>
{
    /// <summary>For dictionaries made outside of a rendering, whose keys are texts.</summary>
    public static KeyComparer Plain { get; } = new(null);

    public static bool IsHashable(TemplateValue value) => value switch
    {
        TupleValue tuple => tuple.IsHashable,
        ListValue or DictValue => false,
        DictViewValue { Part: not DictPart.Values } => false,
        _ => true,
    };

    /// <summary>Fails as Python does where a value cannot be a key.</summary>
    public static void RequireHashable(TemplateValue value)
    {
        while (value is TupleValue { IsHashable: false } tuple) value = tuple.Items.First(item => !IsHashable(item));
        if (!IsHashable(value)) throw Faults.Type($"unhashable type: '{value.TypeName}'");
    }

    public bool Equals(TemplateValue? x, TemplateValue? y)
    {
        if (ReferenceEquals(x, y)) return true;
        if (x is StringValue a && y is StringValue b) return Equality.Texts(run, a.Value, b.Value);
        return Equality.AreEqual(run, x!, y!);
    }

    public int GetHashCode(TemplateValue obj) => obj switch
    {
        StringValue text => text.GetHashCode(),
        BooleanValue truth => Hash(truth.Value ? 1 : 0),
        IntegerValue { IsBig: false } number => Hash(number.Small),
        IntegerValue number => number.Big.GetHashCode(),
        FloatValue number => Hash(number.Value),
        TupleValue tuple => tuple.CachedHash(this),
        UndefinedValue => 7,
        RangeValue range => range.Count,
        _ => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj),
    };

    private static int Hash(long number) => number.GetHashCode();

    private static int Hash(double number)
    {
        if (Math.Floor(number) != number || double.IsInfinity(number)) return number.GetHashCode();
        return number is >= -9.2e18 and <= 9.2e18 ? Hash((long)number) : HashLarge(new BigInteger(number));
    }

    private static int HashLarge(BigInteger number) =>
        number >= long.MinValue && number <= long.MaxValue ? Hash((long)number) : number.GetHashCode();
}

using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary><c>None</c>.</summary>
internal sealed class NoneValue : TemplateValue
{
    public static readonly NoneValue Instance = new();

    internal override string TypeName => "NoneType";

    internal override bool IsTrue => false;

    internal override string Description => "None";

    internal override void Repr(ReprWriter writer) => writer.Append("None");

    internal override string ToText(RenderRun run) => "None";
}

/// <summary><c>True</c> or <c>False</c>: whole numbers that print as words.</summary>
internal sealed class BooleanValue : TemplateValue
{
    public static readonly BooleanValue True = new(true);
    public static readonly BooleanValue False = new(false);

    private BooleanValue(bool value) => Value = value;

    public bool Value { get; }

    internal override string TypeName => "bool";

    internal override bool IsTrue => Value;

    public static BooleanValue Of(bool value) => value ? True : False;

    internal override void Repr(ReprWriter writer) => writer.Append(Value ? "True" : "False");

    internal override string ToText(RenderRun run) => Value ? "True" : "False";

    internal override TemplateValue? Attribute(RenderRun run, string name) => NumberMethods.OfInteger(run, IntegerValue.Of(Value ? 1 : 0), name);
}

/// <summary>A whole number of any size.</summary>
internal sealed class IntegerValue : TemplateValue
{
    private const int SmallestCached = -5;
    private const int LargestCached = 256;
    private static readonly IntegerValue[] Cache = [.. Enumerable.Range(SmallestCached, LargestCached - SmallestCached + 1).Select(i => new IntegerValue(i))];

    private readonly BigInteger big;

    private IntegerValue(long value) => Small = value;

    private IntegerValue(BigInteger value)
    {
        big = value;
        IsBig = true;
    }

    /// <summary>Whether it needs more than 64 bits.</summary>
    public bool IsBig { get; }

    /// <summary>The number where it is not big.</summary>
    public long Small { get; }

    public BigInteger Big => IsBig ? big : Small;

    internal override string TypeName => "int";

    internal override bool IsTrue => IsBig || Small != 0;

    public static IntegerValue Of(long value) => value is >= SmallestCached and <= LargestCached ? Cache[value - SmallestCached] : new IntegerValue(value);

    public static IntegerValue Of(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? Of((long)value) : new IntegerValue(value);

    internal override void Repr(ReprWriter writer) => writer.Append(Integers.ToText(writer.Run, this));

    internal override string ToText(RenderRun run) => Integers.ToText(run, this);

    internal override TemplateValue? Attribute(RenderRun run, string name) => NumberMethods.OfInteger(run, this, name);
}

/// <summary>A double-precision number.</summary>
internal sealed class FloatValue(double value) : TemplateValue
{
    public double Value { get; } = value;

    internal override string TypeName => "float";

    internal override bool IsTrue => Value != 0;

    internal override void Repr(ReprWriter writer) => writer.Append(FloatText.Repr(Value));

    internal override string ToText(RenderRun run) => FloatText.Repr(Value);

    internal override TemplateValue? Attribute(RenderRun run, string name) => NumberMethods.OfFloat(run, this, name);
}

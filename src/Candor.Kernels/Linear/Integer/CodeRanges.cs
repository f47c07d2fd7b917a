namespace Candor.Kernels.Integer;

/// <summary>A <see cref="CodeRange"/> as a type, so that each gets a kernel of its own.</summary>
internal interface ICodeRange
{
    /// <summary>Steps of four columns whose products fit in 16 bits with sign: 4, 2 or 1.</summary>
    static abstract int Steps { get; }

    /// <summary>Whether codes have a sign.</summary>
    static abstract bool Signed { get; }
}

/// <summary>0 to 31.</summary>
internal readonly struct Range5 : ICodeRange
{
    public static int Steps => 4;

    public static bool Signed => false;
}

/// <summary>0 to 63.</summary>
internal readonly struct Range6 : ICodeRange
{
    public static int Steps => 2;

    public static bool Signed => false;
}

/// <summary>0 to 127.</summary>
internal readonly struct Range7 : ICodeRange
{
    public static int Steps => 1;

    public static bool Signed => false;
}

/// <summary>-128 to 127.</summary>
internal readonly struct RangeSigned : ICodeRange
{
    public static int Steps => 1;

    public static bool Signed => true;
}

namespace Candor.Kernels.Quants;

/// <summary>Half precision scales of a block whose values were divided by a power of two.</summary>
/// <param name="exponent">The power of two, at least -40.</param>
internal readonly struct HalfScale(int exponent)
{
    private const float Largest = 65504;

    /// <summary>The code nearest to a scale, cut to the finite ones.</summary>
    public ushort Round(float scale) =>
        HalfConversion.SingleToHalf(Math.Clamp(MathF.ScaleB(float.IsFinite(scale) ? scale : 0, exponent), -Largest, Largest));

    /// <summary>The scale of a code.</summary>
    public float Value(ushort code) => MathF.ScaleB(HalfConversion.HalfToSingle(code), -exponent);

    /// <summary>The code some steps nearer to 0 (negative) or farther; itself at the ends.</summary>
    public static ushort Step(ushort code, int steps)
    {
        int magnitude = (code & 0x7FFF) + steps;
        return magnitude is < 1 or > 0x7BFF ? code : (ushort)(code & 0x8000 | magnitude);
    }
}

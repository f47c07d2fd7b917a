namespace Candor.Kernels.Quants;

/// <summary>
/// The multiples of a block's scale that a group can have: <c>(code + Offset) * Step</c> for codes from 0.
/// </summary>
/// <param name="Count">How many codes.</param>
/// <param name="Offset">What is added to a code.</param>
/// <param name="Step">The distance of two multiples.</param>
internal readonly record struct Multipliers(int Count, float Offset, float Step)
{
    /// <summary>One multiple, 1: the group's scale is the block's.</summary>
    public static Multipliers One => new(1, 1, 1);

    /// <summary>The multiple of a code.</summary>
    public float Of(int code) => (code + Offset) * Step;

    /// <summary>The code whose multiple is nearest.</summary>
    public int Nearest(float multiple) => float.IsNaN(multiple) ? 0 : (int)Math.Clamp(MathF.Round(multiple / Step - Offset), 0, Count - 1);
}

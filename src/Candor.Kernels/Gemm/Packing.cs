namespace Candor.Kernels.Gemms;

/// <summary>What a kernel's packed matrices hold: cells of four bytes.</summary>
internal enum Packing
{
    /// <summary>A float32 in each cell.</summary>
    Floats,

    /// <summary>A float32 that is a bfloat16, rounded to the nearest, in each cell.</summary>
    RoundedFloats,

    /// <summary>Two bfloat16 of neighbouring steps in each cell, the first in the lower half.</summary>
    Pairs,

    /// <summary>
    /// The same for sums of two bfloat16: each 32 steps take three times 16 cells, of the left matrix the upper parts, the lower parts and the upper parts again,
    /// of the right one the upper parts twice and then the lower parts.
    /// </summary>
    SplitPairs,
}

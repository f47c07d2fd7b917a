namespace Candor.Kernels;

/// <summary>In what numbers matrices are multiplied. Sums are float32 always.</summary>
public enum ProductPrecision
{
    /// <summary>Float32, as the matrices are.</summary>
    Float32,

    /// <summary>
    /// Both matrices are rounded to bfloat16 (8 bits of precision) on their way into a product: about twice as fast where the processor multiplies
    /// such numbers itself, and no faster elsewhere.
    /// </summary>
    BFloat16,

    /// <summary>
    /// Both matrices become sums of two bfloat16, which have 16 bits together, and three products of those are added: about as exact as float32 where numbers
    /// differ in sign, and faster where the processor has tile registers. Elsewhere it is <see cref="Float32"/>.
    /// </summary>
    SplitBFloat16,
}

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
}

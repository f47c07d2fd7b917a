using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Single precision to stored elements. The quantized types here have one natural algorithm (the scale follows from a
/// block's extreme values), and get the bytes that ggml gives.
/// </summary>
public static unsafe class Quantizer
{
    /// <summary>Whether <see cref="FromFloat"/> can write this type.</summary>
    public static bool CanWrite(ElementType type) => type
        is ElementType.F32 or ElementType.F64 or ElementType.F16 or ElementType.BF16 or ElementType.F8_E4M3 or ElementType.F8_E5M2
        or ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 or ElementType.Q8_0
        or ElementType.MXFP4 or ElementType.TQ1_0 or ElementType.TQ2_0;

    /// <summary>
    /// Converts floats to stored elements. Floats of 16 and 8 bits round to the nearest, ties to even, and keep infinities
    /// and NaN where the type has them.
    /// </summary>
    /// <param name="type">A type that <see cref="CanWrite"/> accepts.</param>
    /// <param name="source">Values, <c>[count]</c>.</param>
    /// <param name="destination">Receives whole blocks. It need not be aligned.</param>
    /// <param name="count">Elements: a whole number of blocks.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not a whole number of blocks.</exception>
    /// <exception cref="NotSupportedException">The type is not one that can be written.</exception>
    /// <exception cref="QuantizationException">
    /// A value is not finite and the type has no code for it, or a finite value or a block's scale is beyond the type's range.
    /// </exception>
    public static void FromFloat(ElementType type, float* source, byte* destination, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!CanWrite(type)) throw new NotSupportedException($"values cannot be quantized to {type}");
        int elements = type.BlockElements();
        if (count % elements != 0)
            throw new ArgumentException($"{count} elements are not a whole number of {type} blocks of {elements}", nameof(count));
        if (elements > 1) SourceCheck.RequireFinite(type, source, count);
        long blocks = count / elements;
        switch (type)
        {
            case ElementType.F32: Buffer.MemoryCopy(source, destination, count * 4, count * 4); break;
            case ElementType.F64: for (long i = 0; i < count; i++) ((double*)destination)[i] = source[i]; break;
            case ElementType.F16:
                SourceCheck.RequireBelow(type, source, count, SourceCheck.HalfLimit);
                HalfConversion.SingleToHalf(source, (ushort*)destination, count);
                break;
            case ElementType.BF16:
                SourceCheck.RequireBelow(type, source, count, SourceCheck.BFloat16Limit);
                HalfConversion.SingleToBFloat16(source, (ushort*)destination, count);
                break;
            case ElementType.F8_E4M3:
                SourceCheck.RequireBelow(type, source, count, SourceCheck.E4M3Limit, hasInfinity: false);
                for (long i = 0; i < count; i++) destination[i] = Float8Conversion.SingleToE4M3(source[i]);
                break;
            case ElementType.F8_E5M2:
                SourceCheck.RequireBelow(type, source, count, SourceCheck.E5M2Limit);
                for (long i = 0; i < count; i++) destination[i] = Float8Conversion.SingleToE5M2(source[i]);
                break;
            case ElementType.Q4_0: Q4Quantizer.ToQ4_0(source, destination, blocks); break;
            case ElementType.Q4_1: Q4Quantizer.ToQ4_1(source, destination, blocks); break;
            case ElementType.Q5_0: Q5Quantizer.ToQ5_0(source, destination, blocks); break;
            case ElementType.Q5_1: Q5Quantizer.ToQ5_1(source, destination, blocks); break;
            case ElementType.Q8_0:
                if (Avx2.IsSupported) Q8QuantizerAvx2.ToQ8_0(source, destination, blocks);
                else Q8Quantizer.ToQ8_0(source, destination, blocks);
                break;
            case ElementType.MXFP4: Fp4Quantizer.ToMXFP4(source, destination, blocks); break;
            case ElementType.TQ1_0: TernaryQuantizer.ToTQ1_0(source, destination, blocks); break;
            case ElementType.TQ2_0: TernaryQuantizer.ToTQ2_0(source, destination, blocks); break;
        }
    }
}

using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Single precision to stored elements. Where a quantized type has one natural algorithm (the scale follows from a block's
/// extreme values), it gets the bytes that ggml gives; for the others, and where values differ in importance, scales and codes
/// are searched for the least squared error. The same values get the same bytes on every machine.
/// </summary>
public static unsafe class Quantizer
{
    /// <summary>Whether <see cref="FromFloat(ElementType, float*, byte*, long)"/> can write this type: all but Q8_1 and Q8_K, which only hold activations.</summary>
    public static bool CanWrite(ElementType type) =>
        ElementTypes.IsKnown(type) && (type.IsQuantized()
            ? type is not (ElementType.Q8_1 or ElementType.Q8_K)
            : type is ElementType.F32 or ElementType.F64 or ElementType.F16 or ElementType.BF16 or ElementType.F8_E4M3 or ElementType.F8_E5M2);

    /// <summary>Whether importance changes what is written in this type.</summary>
    public static bool UsesImportance(ElementType type) => CanWrite(type) && type.IsQuantized() && type
        is not (ElementType.Q8_0 or ElementType.MXFP4 or ElementType.TQ1_0 or ElementType.TQ2_0);

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
    public static void FromFloat(ElementType type, float* source, byte* destination, long count) => FromFloat(type, source, destination, count, null);

    /// <summary>
    /// Converts floats, of which some matter more: the squared error is weighted by their importance where
    /// <see cref="UsesImportance"/> says so.
    /// </summary>
    /// <param name="type">A type that <see cref="CanWrite"/> accepts.</param>
    /// <param name="source">Values, <c>[count]</c>.</param>
    /// <param name="destination">Receives whole blocks. It need not be aligned.</param>
    /// <param name="count">Elements: a whole number of blocks.</param>
    /// <param name="importance">
    /// How much each squared error counts, <c>[count]</c>, finite and not below 0 (for a weight matrix, the mean square of the
    /// input that a column meets); null where all count alike.
    /// </param>
    /// <inheritdoc cref="FromFloat(ElementType, float*, byte*, long)"/>
    public static void FromFloat(ElementType type, float* source, byte* destination, long count, float* importance)
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
            case ElementType.Q8_0:
                if (Avx2.IsSupported) Q8QuantizerAvx2.ToQ8_0(source, destination, blocks);
                else Q8Quantizer.ToQ8_0(source, destination, blocks);
                break;
            case ElementType.MXFP4: Fp4Quantizer.ToMXFP4(source, destination, blocks); break;
            case ElementType.TQ1_0: TernaryQuantizer.ToTQ1_0(source, destination, blocks); break;
            case ElementType.TQ2_0: TernaryQuantizer.ToTQ2_0(source, destination, blocks); break;
            case ElementType.Q4_0 when importance == null: Q4Quantizer.ToQ4_0(source, destination, blocks); break;
            case ElementType.Q4_1 when importance == null: Q4Quantizer.ToQ4_1(source, destination, blocks); break;
            case ElementType.Q5_0 when importance == null: Q5Quantizer.ToQ5_0(source, destination, blocks); break;
            case ElementType.Q5_1 when importance == null: Q5Quantizer.ToQ5_1(source, destination, blocks); break;
            default: Search(type, source, importance, destination, blocks); break;
        }
    }

    private static void Search(ElementType type, float* source, float* importance, byte* destination, long blocks)
    {
        switch (type)
        {
            case ElementType.Q4_0: OneScaleQuantizer.ToQ4_0(source, importance, destination, blocks); break;
            case ElementType.Q4_1: AffineQuantizer.ToQ4_1(source, importance, destination, blocks); break;
            case ElementType.Q5_0: OneScaleQuantizer.ToQ5_0(source, importance, destination, blocks); break;
            case ElementType.Q5_1: AffineQuantizer.ToQ5_1(source, importance, destination, blocks); break;
            case ElementType.Q2_K: Q2KQuantizer.ToQ2_K(source, importance, destination, blocks); break;
            case ElementType.Q3_K: Q3KQuantizer.ToQ3_K(source, importance, destination, blocks); break;
            case ElementType.Q4_K: Q4KQuantizer.ToQ4_K(source, importance, destination, blocks); break;
            case ElementType.Q5_K: Q4KQuantizer.ToQ5_K(source, importance, destination, blocks); break;
            case ElementType.Q6_K: Q6KQuantizer.ToQ6_K(source, importance, destination, blocks); break;
            case ElementType.IQ1_S: Iq1Quantizer.ToIQ1_S(source, importance, destination, blocks); break;
            case ElementType.IQ1_M: Iq1Quantizer.ToIQ1_M(source, importance, destination, blocks); break;
            case ElementType.IQ2_XXS: Iq2Quantizer.ToIQ2_XXS(source, importance, destination, blocks); break;
            case ElementType.IQ2_XS: Iq2Quantizer.ToIQ2_XS(source, importance, destination, blocks); break;
            case ElementType.IQ2_S: Iq2Quantizer.ToIQ2_S(source, importance, destination, blocks); break;
            case ElementType.IQ3_XXS: Iq3Quantizer.ToIQ3_XXS(source, importance, destination, blocks); break;
            case ElementType.IQ3_S: Iq3Quantizer.ToIQ3_S(source, importance, destination, blocks); break;
            case ElementType.IQ4_NL: OneScaleQuantizer.ToIQ4_NL(source, importance, destination, blocks); break;
            case ElementType.IQ4_XS: Iq4Quantizer.ToIQ4_XS(source, importance, destination, blocks); break;
            case ElementType.NVFP4: Fp4Quantizer.ToNVFP4(source, importance, destination, blocks); break;
            case ElementType.Q1_0: OneScaleQuantizer.ToQ1_0(source, importance, destination, blocks); break;
            case ElementType.Q2_0: OneScaleQuantizer.ToQ2_0(source, importance, destination, blocks); break;
        }
    }
}

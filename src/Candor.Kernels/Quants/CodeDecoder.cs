using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Decodes rows of any quantized type into 8-bit codes with a scale and a minimum for each group of
/// <see cref="GroupElements"/> elements: <c>weight[i] = scale[i / 16] * code[i] + min[i / 16]</c>, exactly what
/// <see cref="Dequantizer"/> gives. One integer matrix product then serves all types.
/// </summary>
public static unsafe class CodeDecoder
{
    /// <summary>Elements that share a scale and a minimum: 16.</summary>
    public const int GroupElements = 16;

    /// <summary>Whether minima of this type can differ from zero.</summary>
    public static bool HasMins(ElementType type) => type
        is ElementType.Q4_1 or ElementType.Q5_1 or ElementType.Q2_K or ElementType.Q4_K or ElementType.Q5_K;

    /// <summary>Decodes a row, or any whole number of blocks of one.</summary>
    /// <param name="type">A quantized type.</param>
    /// <param name="row">The first byte of a block.</param>
    /// <param name="columns">Elements: a whole number of blocks.</param>
    /// <param name="codes">
    /// Receives <c>[columns]</c> codes from -127 to 127 (only Q8_0, Q8_1 and Q8_K can hold -128, which quantizers do not write).
    /// </param>
    /// <param name="scales">Receives <c>[columns / 16]</c> scales.</param>
    /// <param name="mins">
    /// Receives <c>[columns / 16]</c> minima, zeros where <see cref="HasMins"/> is false; may then be null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The type is not a quantized one, or <paramref name="columns"/> is not a whole number of blocks, or minima are
    /// asked for without room.
    /// </exception>
    public static void Decode(ElementType type, byte* row, int columns, sbyte* codes, float* scales, float* mins)
    {
        if (!ElementTypes.IsKnown(type) || !type.IsQuantized())
            throw new ArgumentException($"{type} is not a quantized type", nameof(type));
        int elements = type.BlockElements();
        if (columns < 0 || columns % elements != 0)
            throw new ArgumentException($"{columns} elements are not a whole number of {type} blocks of {elements}", nameof(columns));
        bool hasMins = HasMins(type);
        if (hasMins && mins == null && columns > 0) throw new ArgumentNullException(nameof(mins), $"{type} has minima");
        DecodeBlocks(type, row, columns / elements, codes, scales, mins);
        if (!hasMins && mins != null) new Span<float>(mins, columns / GroupElements).Clear();
    }

    /// <summary>Decodes whole blocks of a quantized type without checks; minima are written only where the type has them.</summary>
    internal static void DecodeBlocks(ElementType type, byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        if (!Avx2.IsSupported || !DecodeBlocksAvx2(type, row, blocks, codes, scales, mins))
            DecodeBlocksScalar(type, row, blocks, codes, scales, mins);
    }

    /// <summary>Decodes whole blocks with AVX2; false, and nothing done, for a type that has no such decoder.</summary>
    internal static bool DecodeBlocksAvx2(ElementType type, byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        switch (type)
        {
            case ElementType.Q4_0: Q4Avx2.DecodeQ4_0(row, blocks, codes, scales); break;
            case ElementType.Q4_1: Q4Avx2.DecodeQ4_1(row, blocks, codes, scales, mins); break;
            case ElementType.Q5_0: Q5Avx2.DecodeQ5_0(row, blocks, codes, scales); break;
            case ElementType.Q5_1: Q5Avx2.DecodeQ5_1(row, blocks, codes, scales, mins); break;
            case ElementType.Q8_0: Q8Avx2.DecodeQ8_0(row, blocks, codes, scales); break;
            case ElementType.Q8_1: Q8Avx2.DecodeQ8_1(row, blocks, codes, scales); break;
            case ElementType.Q2_K: Q2KAvx2.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q3_K: Q3KAvx2.Decode(row, blocks, codes, scales); break;
            case ElementType.Q4_K: Q4KAvx2.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q5_K: Q5KAvx2.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q6_K: Q6KAvx2.Decode(row, blocks, codes, scales); break;
            case ElementType.IQ1_S: Iq1Avx2.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ1_M: Iq1Avx2.DecodeM(row, blocks, codes, scales); break;
            case ElementType.IQ2_XXS: Iq2Avx2.DecodeXXS(row, blocks, codes, scales); break;
            case ElementType.IQ2_XS: Iq2Avx2.DecodeXS(row, blocks, codes, scales); break;
            case ElementType.IQ2_S: Iq2Avx2.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ3_XXS: Iq3Avx2.DecodeXXS(row, blocks, codes, scales); break;
            case ElementType.IQ3_S: Iq3Avx2.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ4_NL: Iq4Avx2.DecodeIQ4_NL(row, blocks, codes, scales); break;
            case ElementType.IQ4_XS: Iq4Avx2.DecodeIQ4_XS(row, blocks, codes, scales); break;
            case ElementType.MXFP4: Iq4Avx2.DecodeMXFP4(row, blocks, codes, scales); break;
            case ElementType.NVFP4: Iq4Avx2.DecodeNVFP4(row, blocks, codes, scales); break;
            case ElementType.TQ1_0: TernaryAvx2.DecodeTQ1_0(row, blocks, codes, scales); break;
            case ElementType.TQ2_0: TernaryAvx2.DecodeTQ2_0(row, blocks, codes, scales); break;
            case ElementType.Q1_0: BitsAvx2.DecodeQ1_0(row, blocks, codes, scales); break;
            case ElementType.Q2_0: BitsAvx2.DecodeQ2_0(row, blocks, codes, scales); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Decodes whole blocks without vector instructions.</summary>
    internal static void DecodeBlocksScalar(ElementType type, byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        switch (type)
        {
            case ElementType.Q4_0: Q4Scalar.DecodeQ4_0(row, blocks, codes, scales); break;
            case ElementType.Q4_1: Q4Scalar.DecodeQ4_1(row, blocks, codes, scales, mins); break;
            case ElementType.Q5_0: Q5Scalar.DecodeQ5_0(row, blocks, codes, scales); break;
            case ElementType.Q5_1: Q5Scalar.DecodeQ5_1(row, blocks, codes, scales, mins); break;
            case ElementType.Q8_0: Q8Scalar.DecodeQ8_0(row, blocks, codes, scales); break;
            case ElementType.Q8_1: Q8Scalar.DecodeQ8_1(row, blocks, codes, scales); break;
            case ElementType.Q8_K: Q8Scalar.DecodeQ8_K(row, blocks, codes, scales); break;
            case ElementType.Q2_K: Q2KScalar.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q3_K: Q3KScalar.Decode(row, blocks, codes, scales); break;
            case ElementType.Q4_K: Q4KScalar.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q5_K: Q5KScalar.Decode(row, blocks, codes, scales, mins); break;
            case ElementType.Q6_K: Q6KScalar.Decode(row, blocks, codes, scales); break;
            case ElementType.IQ1_S: Iq1Scalar.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ1_M: Iq1Scalar.DecodeM(row, blocks, codes, scales); break;
            case ElementType.IQ2_XXS: Iq2Scalar.DecodeXXS(row, blocks, codes, scales); break;
            case ElementType.IQ2_XS: Iq2Scalar.DecodeXS(row, blocks, codes, scales); break;
            case ElementType.IQ2_S: Iq2Scalar.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ3_XXS: Iq3Scalar.DecodeXXS(row, blocks, codes, scales); break;
            case ElementType.IQ3_S: Iq3Scalar.DecodeS(row, blocks, codes, scales); break;
            case ElementType.IQ4_NL: Iq4Scalar.DecodeIQ4_NL(row, blocks, codes, scales); break;
            case ElementType.IQ4_XS: Iq4Scalar.DecodeIQ4_XS(row, blocks, codes, scales); break;
            case ElementType.MXFP4: Iq4Scalar.DecodeMXFP4(row, blocks, codes, scales); break;
            case ElementType.NVFP4: Iq4Scalar.DecodeNVFP4(row, blocks, codes, scales); break;
            case ElementType.TQ1_0: TernaryScalar.DecodeTQ1_0(row, blocks, codes, scales); break;
            case ElementType.TQ2_0: TernaryScalar.DecodeTQ2_0(row, blocks, codes, scales); break;
            case ElementType.Q1_0: BitsScalar.DecodeQ1_0(row, blocks, codes, scales); break;
            case ElementType.Q2_0: BitsScalar.DecodeQ2_0(row, blocks, codes, scales); break;
            default: throw new ArgumentException($"{type} is not a quantized type", nameof(type));
        }
    }
}

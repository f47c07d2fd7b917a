using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;
using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>Chooses the kernel that multiplies one weight row with rounded activations.</summary>
internal static unsafe class RowDot
{
    /// <summary>The fused kernel of a type, or null: then the row is decoded first.</summary>
    public static delegate*<byte*, int, TRow, float> Fused<TRow>(ElementType type) where TRow : struct, IActivationRow
    {
        if (!Avx2.IsSupported || !Fma.IsSupported) return null;
        return type switch
        {
            ElementType.Q4_0 => &DotKernel.Small<Q4_0, TRow>,
            ElementType.Q4_1 => &DotKernel.Small<Q4_1, TRow>,
            ElementType.Q5_0 => &DotKernel.Small<Q5_0, TRow>,
            ElementType.Q5_1 => &DotKernel.Small<Q5_1, TRow>,
            ElementType.Q8_0 => &DotKernel.Small<Q8_0, TRow>,
            ElementType.IQ4_NL => &DotKernel.Small<IQ4_NL, TRow>,
            ElementType.MXFP4 => &DotKernel.Small<MXFP4, TRow>,
            ElementType.Q2_K => &DotKernel.Large<Q2_K, TRow>,
            ElementType.Q3_K => &DotKernel.Large<Q3_K, TRow>,
            ElementType.Q4_K => &DotKernel.Large<Q4_K, TRow>,
            ElementType.Q5_K => &DotKernel.Large<Q5_K, TRow>,
            ElementType.Q6_K => &DotKernel.Large<Q6_K, TRow>,
            ElementType.IQ4_XS => &DotKernel.Large<IQ4_XS, TRow>,
            _ => null,
        };
    }

    /// <summary>Floats of scratch that <see cref="Decoded"/> needs.</summary>
    public static long ScratchBytes(int columns) => columns + (long)columns / CodeDecoder.GroupElements * 2 * sizeof(float) + 128;

    /// <summary>Any quantized row: decoded into codes, then multiplied; a scalar loop where there is no AVX2.</summary>
    public static void Decoded<TRow>(WeightMatrix weight, int row, IActivationForm<TRow> activations, int tokens, float* results, byte* scratch) where TRow : struct, IActivationRow
    {
        int columns = weight.Columns, groups = columns / CodeDecoder.GroupElements;
        float* scales = (float*)scratch, mins = scales + groups;
        sbyte* codes = (sbyte*)(mins + groups);
        bool hasMins = CodeDecoder.HasMins(weight.Type);
        CodeDecoder.Decode(weight.Type, weight.Row(row), columns, codes, scales, hasMins ? mins : null);
        for (int t = 0; t < tokens; t++)
        {
            TRow x = activations.Row(t);
            results[t] = Avx2.IsSupported && Fma.IsSupported
                ? DotKernel.Decoded(codes, scales, hasMins ? mins : null, columns, x)
                : Scalar(codes, scales, hasMins ? mins : null, columns, x);
        }
    }

    /// <summary>The reference: integer products of each group of activations, scaled and added up.</summary>
    internal static float Scalar<TRow>(sbyte* codes, float* scales, float* mins, int columns, TRow x) where TRow : struct, IActivationRow
    {
        float sum = 0;
        for (int g = 0; g < columns / 16; g++)
        {
            sum += scales[g] * x.Products16(codes + (16 * g), 16 * g);
            if (mins is not null) sum += mins[g] * x.Sums16[g];
        }

        return sum;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Integer;

/// <summary>One weight row, straight from its stored blocks, times one row of rounded activations, with AVX2: for decoding.</summary>
internal static unsafe class DotKernel
{
    /// <summary>Small blocks of 32: scales are read four blocks at a time.</summary>
    public static float Small<T, TRow>(byte* row, int columns, TRow x) where T : struct, ISmallBlockFormat where TRow : struct, IActivationRow
    {
        Vector256<float> sum0 = default, sum1 = default;
        Vector128<float> offsetSum = default;
        nint c = 0;
        for (; c + 128 <= columns; c += 128)
        {
            byte* b0 = row, b1 = row + T.BlockBytes, b2 = row + (2 * T.BlockBytes), b3 = row + (3 * T.BlockBytes);
            row += 4 * T.BlockBytes;
            (Vector128<float> scales, Vector128<float> offsets) = T.FourScales(b0, b1, b2, b3);
            scales = x.Coarse(scales, c);
            sum0 = x.Products<T>(b0, 0, c, Avx2.BroadcastScalarToVector256(scales), sum0);
            sum1 = x.Products<T>(b1, 0, c + 32, Avx2.BroadcastScalarToVector256(Sse.Shuffle(scales, scales, 0b01_01_01_01)), sum1);
            sum0 = x.Products<T>(b2, 0, c + 64, Avx2.BroadcastScalarToVector256(Sse.MoveHighToLow(scales, scales)), sum0);
            sum1 = x.Products<T>(b3, 0, c + 96, Avx2.BroadcastScalarToVector256(Sse.Shuffle(scales, scales, 0b11_11_11_11)), sum1);
            if (T.HasOffsets) offsetSum = Fma.MultiplyAdd(offsets, Vector128.Load(x.Sums32 + (c >> 5)), offsetSum);
        }

        float rest = 0;
        for (; c < columns; c += 32, row += T.BlockBytes)
        {
            float scale, offset = 0;
            T.Scales(row, &scale, &offset, 1);
            sum0 = x.Products<T>(row, 0, c, x.Coarse(Vector256.Create(scale), c), sum0);
            if (T.HasOffsets) rest += offset * x.Sums32[c >> 5];
        }

        return Vector256.Sum(sum0 + sum1) + Vector128.Sum(offsetSum) + rest;
    }

    /// <summary>Super-blocks of 256.</summary>
    public static float Large<T, TRow>(byte* row, int columns, TRow x) where T : struct, IBlockFormat where TRow : struct, IActivationRow
    {
        float* scales = stackalloc float[32];
        float* offsets = scales + 16;
        Vector256<float> sum0 = default, sum1 = default, offsetSum = default;
        for (nint c = 0; c < columns; c += 256, row += T.BlockBytes)
        {
            T.Scales(row, scales, offsets, 1);
            for (int part = 0; part < 8; part += 2)
            {
                sum0 = Part<T, TRow>(row, part, x, c + (32 * part), scales, sum0);
                sum1 = Part<T, TRow>(row, part + 1, x, c + (32 * part) + 32, scales, sum1);
            }

            if (!T.HasOffsets) continue;
            if (T.GroupElements == 16)
            {
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets), Vector256.Load(x.Sums16 + (c >> 4)), offsetSum);
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets + 8), Vector256.Load(x.Sums16 + (c >> 4) + 8), offsetSum);
            }
            else
            {
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets), Vector256.Load(x.Sums32 + (c >> 5)), offsetSum);
            }
        }

        return Vector256.Sum(sum0 + sum1 + offsetSum);
    }

    /// <summary>A row that was decoded into signed codes, with scales and minima of groups of 16.</summary>
    public static float Decoded<TRow>(sbyte* codes, float* scales, float* mins, int columns, TRow x) where TRow : struct, IActivationRow
    {
        Vector256<float> sum = default;
        float rest = 0;
        for (nint c = 0, g = 0; c < columns; c += 32, g += 2)
        {
            sum = x.Products(Vector256.Load(codes + c), c, x.Coarse(Pair(scales + g), c), sum);
            if (mins is not null) rest += (mins[g] * x.Sums16[g]) + (mins[g + 1] * x.Sums16[g + 1]);
        }

        return Vector256.Sum(sum) + rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Lanes<T>(float* scales, int part) where T : struct, IBlockFormat =>
        T.GroupElements == 16 ? Pair(scales + (2 * part)) : Avx.BroadcastScalarToVector256(scales + part);

    /// <summary>Two floats, the first in the lower four lanes, the second in the upper four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* two) =>
        Avx2.PermuteVar8x32(Avx2.BroadcastScalarToVector256((double*)two).AsSingle(), Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Part<T, TRow>(byte* block, int part, TRow x, nint column, float* scales, Vector256<float> sum) where T : struct, IBlockFormat where TRow : struct, IActivationRow =>
        x.Products<T>(block, part, column, x.Coarse(Lanes<T>(scales, part), column), sum);
}

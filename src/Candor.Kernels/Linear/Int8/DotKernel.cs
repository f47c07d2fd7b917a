using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Int8;

/// <summary>One weight row, straight from its stored blocks, times one row of <see cref="ActivationCodeRow"/>, with AVX2: for decoding.</summary>
internal static unsafe class DotKernel
{
    /// <summary>Small blocks of 32: scales are read four blocks at a time.</summary>
    public static float Small<T>(byte* row, int columns, ActivationCodeRow x) where T : struct, ISmallBlockFormat
    {
        Vector256<float> sum0 = default, sum1 = default;
        Vector128<float> offsetSum = default;
        int c = 0;
        for (; c + 128 <= columns; c += 128)
        {
            byte* b0 = row, b1 = row + T.BlockBytes, b2 = row + (2 * T.BlockBytes), b3 = row + (3 * T.BlockBytes);
            row += 4 * T.BlockBytes;
            (Vector128<float> scales, Vector128<float> offsets) = T.FourScales(b0, b1, b2, b3);
            sum0 = Block<T>(b0, 0, x, c, Avx2.BroadcastScalarToVector256(scales), sum0);
            sum1 = Block<T>(b1, 0, x, c + 32, Avx2.BroadcastScalarToVector256(Sse.Shuffle(scales, scales, 0b01_01_01_01)), sum1);
            sum0 = Block<T>(b2, 0, x, c + 64, Avx2.BroadcastScalarToVector256(Sse.MoveHighToLow(scales, scales)), sum0);
            sum1 = Block<T>(b3, 0, x, c + 96, Avx2.BroadcastScalarToVector256(Sse.Shuffle(scales, scales, 0b11_11_11_11)), sum1);
            if (T.HasOffsets) offsetSum = Fma.MultiplyAdd(offsets, Vector128.Load(x.Sums32 + (c / 32)), offsetSum);
        }

        float rest = 0;
        for (; c < columns; c += 32, row += T.BlockBytes)
        {
            float scale, offset = 0;
            T.Scales(row, &scale, &offset, 1);
            sum0 = Block<T>(row, 0, x, c, Vector256.Create(scale), sum0);
            if (T.HasOffsets) rest += offset * x.Sums32[c / 32];
        }

        return Vector256.Sum(sum0 + sum1) + Vector128.Sum(offsetSum) + rest;
    }

    /// <summary>Super-blocks of 256.</summary>
    public static float Large<T>(byte* row, int columns, ActivationCodeRow x) where T : struct, IBlockFormat
    {
        float* scales = stackalloc float[32];
        float* offsets = scales + 16;
        Vector256<float> sum0 = default, sum1 = default, offsetSum = default;
        for (int c = 0; c < columns; c += 256, row += T.BlockBytes)
        {
            T.Scales(row, scales, offsets, 1);
            for (int part = 0; part < 8; part += 2)
            {
                sum0 = Block<T>(row, part, x, c + (32 * part), Lanes<T>(scales, part), sum0);
                sum1 = Block<T>(row, part + 1, x, c + (32 * part) + 32, Lanes<T>(scales, part + 1), sum1);
            }

            if (!T.HasOffsets) continue;
            if (T.GroupElements == 16)
            {
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets), Vector256.Load(x.Sums16 + (c / 16)), offsetSum);
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets + 8), Vector256.Load(x.Sums16 + (c / 16) + 8), offsetSum);
            }
            else
            {
                offsetSum = Fma.MultiplyAdd(Vector256.Load(offsets), Vector256.Load(x.Sums32 + (c / 32)), offsetSum);
            }
        }

        return Vector256.Sum(sum0 + sum1 + offsetSum);
    }

    /// <summary>A row that was decoded into signed codes, with scales and minima of groups of 16.</summary>
    public static float Decoded(sbyte* codes, float* scales, float* mins, int columns, ActivationCodeRow x)
    {
        Vector256<float> sum = default;
        float rest = 0;
        for (int c = 0, g = 0; c < columns; c += 32, g += 2)
        {
            sum = Products(Vector256.Load((byte*)codes + c), true, x, c, Pair(scales + g), sum);
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

    /// <summary>Four floats, each in two lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pairs(float* four) =>
        Avx2.PermuteVar8x32(Avx2.BroadcastVector128ToVector256(four), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Block<T>(byte* block, int part, ActivationCodeRow x, int column, Vector256<float> scale, Vector256<float> sum) where T : struct, IBlockFormat =>
        Products(T.Codes(block, part), !T.HasOffsets, x, column, scale, sum);

    /// <summary>sum + scale · activation scale · the products of 32 columns, four to a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Products(Vector256<byte> w, bool signed, ActivationCodeRow x, int column, Vector256<float> scale, Vector256<float> sum)
    {
        Vector256<sbyte> a = Vector256.Load(x.Codes + column);
        Vector256<short> pairs = signed ? Avx2.MultiplyAddAdjacent(Avx2.Abs(w.AsSByte()), Avx2.Sign(a, w.AsSByte())) : Avx2.MultiplyAddAdjacent(w, a);
        Vector256<float> products = Avx.ConvertToVector256Single(Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One));
        return Fma.MultiplyAdd(products, scale * Pairs(x.Scales + (column / ActivationCodes.Group)), sum);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q8Quantizer"/>, a block at a time.</summary>
internal static unsafe class Q8QuantizerAvx2
{
    internal static void ToQ8_0(float* source, byte* row, long blocks)
    {
        Vector256<float> magnitude = Vector256.Create(0x7FFFFFFF).AsSingle();
        for (long b = 0; b < blocks; b++, source += 32, row += 34)
        {
            Vector256<float> v0 = Avx.LoadVector256(source), v1 = Avx.LoadVector256(source + 8);
            Vector256<float> v2 = Avx.LoadVector256(source + 16), v3 = Avx.LoadVector256(source + 24);
            Vector256<float> most = Avx.Max(
                Avx.Max(Avx.And(v0, magnitude), Avx.And(v1, magnitude)), Avx.Max(Avx.And(v2, magnitude), Avx.And(v3, magnitude)));
            float d = Largest(most) / 127;
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q8_0, d, b);
            Vector256<float> inverse = Vector256.Create(BlockExtremes.Inverse(d));
            Vector256<short> low = Avx2.PackSignedSaturate(Round(Avx.Multiply(v0, inverse)), Round(Avx.Multiply(v1, inverse)));
            Vector256<short> high = Avx2.PackSignedSaturate(Round(Avx.Multiply(v2, inverse)), Round(Avx.Multiply(v3, inverse)));
            // Both packs work on halves of vectors: put the groups of four back in order.
            Vector256<int> codes = Avx2.PackSignedSaturate(low, high).AsInt32();
            Avx.Store((int*)(row + 2), Avx2.PermuteVar8x32(codes, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)));
        }
    }

    // To the nearest, halves away from zero: the greatest float below a half, with the value's sign, then toward zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> values)
    {
        Vector256<float> half = Avx.Or(Avx.And(values, Vector256.Create(-0f)), Vector256.Create(0.49999997f));
        return Avx.ConvertToVector256Int32WithTruncation(Avx.Add(values, half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<float> values)
    {
        Vector128<float> four = Sse.Max(values.GetLower(), values.GetUpper());
        Vector128<float> two = Sse.Max(four, Sse.MoveHighToLow(four, four));
        return Sse.MaxScalar(two, Sse.Shuffle(two, two, 0b01)).ToScalar();
    }
}

using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary>Whole vectors of <see cref="Float8Conversion"/>; each returns how many elements it did.</summary>
internal static unsafe class Float8Avx2
{
    internal static long E4M3ToSingle(byte* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - 8; i += 8)
        {
            Vector256<int> codes = Avx2.ConvertToVector256Int32(source + i);
            Vector256<int> magnitude = Avx2.And(codes, Vector256.Create(0x7F));
            Vector256<int> sign = Avx2.ShiftLeftLogical(Avx2.Xor(codes, magnitude), 24);
            Vector256<int> normal = Avx2.Add(Avx2.ShiftLeftLogical(magnitude, 20), Vector256.Create(120 << 23));
            Vector256<int> subnormal = Avx.Multiply(Avx.ConvertToVector256Single(magnitude), Vector256.Create(1f / 512)).AsInt32();
            Vector256<int> nan = Avx2.And(
                Avx2.CompareEqual(magnitude, Vector256.Create(0x7F)), Vector256.Create(0x7FC00000));
            Vector256<int> bits = Avx2.BlendVariable(normal, subnormal, Avx2.CompareGreaterThan(Vector256.Create(8), magnitude));
            Avx.Store((int*)destination + i, Avx2.Or(Avx2.Or(bits, nan), sign));
        }

        return i;
    }

    internal static long E5M2ToSingle(byte* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - 8; i += 8)
            Avx.Store(destination + i, HalfAvx2.ToSingle(Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(source + i), 8)));
        return i;
    }
}

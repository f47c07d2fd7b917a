using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="ExpandScalar"/>, eight elements at a time. The product is rounded before the sum, as in the scalar one.</summary>
internal static unsafe class ExpandAvx2
{
    internal static void Scale(sbyte* codes, float* scales, float* destination, int count)
    {
        for (int i = 0; i < count; i += 16)
        {
            Vector256<float> scale = Vector256.Create(scales[i >> 4]);
            Avx.Store(destination + i, Avx.Multiply(scale, Load(codes + i)));
            Avx.Store(destination + i + 8, Avx.Multiply(scale, Load(codes + i + 8)));
        }
    }

    internal static void ScaleAndAdd(sbyte* codes, float* scales, float* mins, float* destination, int count)
    {
        for (int i = 0; i < count; i += 16)
        {
            Vector256<float> scale = Vector256.Create(scales[i >> 4]);
            Vector256<float> min = Vector256.Create(mins[i >> 4]);
            Avx.Store(destination + i, Avx.Add(Avx.Multiply(scale, Load(codes + i)), min));
            Avx.Store(destination + i + 8, Avx.Add(Avx.Multiply(scale, Load(codes + i + 8)), min));
        }
    }

    private static Vector256<float> Load(sbyte* codes) => Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(codes));
}

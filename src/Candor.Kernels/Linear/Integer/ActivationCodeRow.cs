using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Integer;

/// <summary>One row of <see cref="ActivationCodes"/>, from some column on.</summary>
/// <param name="codes">The bytes, -127 to 127.</param>
/// <param name="scales">A scale for every 8.</param>
/// <param name="sums16">Sums of scale times byte, for every 16.</param>
/// <param name="sums32">Sums of scale times byte, for every 32.</param>
internal readonly unsafe struct ActivationCodeRow(sbyte* codes, float* scales, float* sums16, float* sums32) : IActivationRow
{
    public readonly sbyte* Codes = codes;
    public readonly float* Scales = scales;

    public float* Sums16 { get; } = sums16;

    public float* Sums32 { get; } = sums32;

    /// <summary>The row from a column on, a multiple of 32.</summary>
    public ActivationCodeRow From(int column) => new(
        Codes + column, Scales + (column / ActivationCodes.Group), Sums16 + (column / 16), Sums32 + (column / 32));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<float> Coarse(Vector128<float> scales, nint column) => scales;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Coarse(Vector256<float> scale, nint column) => scale;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products<T>(byte* block, int part, nint column, Vector256<float> scale, Vector256<float> sum) where T : struct, IBlockFormat =>
        T.HasOffsets
            ? Scaled(Avx2.MultiplyAddAdjacent(T.Codes(block, part), Vector256.Load(Codes + column)), column, scale, sum)
            : Products(T.Codes(block, part).AsSByte(), column, scale, sum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products(Vector256<sbyte> codes, nint column, Vector256<float> scale, Vector256<float> sum) =>
        // Products need one side without a sign: the weight's goes over to the activation, which is never -128.
        Scaled(Avx2.MultiplyAddAdjacent(Avx2.Abs(codes), Avx2.Sign(Vector256.Load(Codes + column), codes)), column, scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Scaled(Vector256<short> pairs, nint column, Vector256<float> scale, Vector256<float> sum)
    {
        Vector256<float> products = Avx.ConvertToVector256Single(Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One));
        // A shift, not a quotient: that of a number that may be negative takes four instructions.
        return Fma.MultiplyAdd(products, scale * EachTwice(Scales + (column >> 3)), sum);
    }

    /// <inheritdoc/>
    public float Products16(sbyte* codes, int column)
    {
        float sum = 0;
        for (int first = 0; first < 16; first += ActivationCodes.Group)
        {
            int products = 0;
            for (int i = first; i < first + ActivationCodes.Group; i++) products += codes[i] * Codes[column + i];
            sum += products * Scales[(column + first) / ActivationCodes.Group];
        }

        return sum;
    }

    /// <summary>Four floats, each in two lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> EachTwice(float* four) =>
        Avx2.PermuteVar8x32(Avx2.BroadcastVector128ToVector256(four), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Integer;

/// <summary>One row of <see cref="ActivationCodes"/>, from some column on.</summary>
/// <param name="codes">The bytes, -127 to 127.</param>
/// <param name="scales">A scale for every 32.</param>
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
    public Vector128<float> Coarse(Vector128<float> scales, nint column) => scales * Vector128.Load(Scales + (column >> 5));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Coarse(Vector256<float> scale, nint column) => scale * Vector256.Create(Scales[column >> 5]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products<T>(byte* block, int part, nint column, Vector256<float> scale, Vector256<float> sum) where T : struct, IBlockFormat =>
        T.HasOffsets
            ? Scaled(Avx2.MultiplyAddAdjacent(T.Codes(block, part), Vector256.Load(Codes + column)), scale, sum)
            : Products(T.Codes(block, part).AsSByte(), column, scale, sum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products(Vector256<sbyte> codes, nint column, Vector256<float> scale, Vector256<float> sum) =>
        // Products need one side without a sign: the weight's goes over to the activation, which is never -128.
        Scaled(Avx2.MultiplyAddAdjacent(Avx2.Abs(codes), Avx2.Sign(Vector256.Load(Codes + column), codes)), scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(Vector256<short> pairs, Vector256<float> scale, Vector256<float> sum) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One)), scale, sum);

    /// <inheritdoc/>
    public float Products16(sbyte* codes, int column)
    {
        int products = 0;
        for (int i = 0; i < 16; i++) products += codes[i] * Codes[column + i];
        return products * Scales[column / ActivationCodes.Group];
    }
}

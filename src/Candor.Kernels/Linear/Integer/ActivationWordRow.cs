using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Integer;

/// <summary>One row of <see cref="ActivationWords"/>, from some column on.</summary>
/// <param name="words">The integers, -32767 to 32767.</param>
/// <param name="scales">A scale for every 32.</param>
/// <param name="sums16">Sums of scale times integer, for every 16.</param>
/// <param name="sums32">Sums of scale times integer, for every 32.</param>
internal readonly unsafe struct ActivationWordRow(short* words, float* scales, float* sums16, float* sums32) : IActivationRow
{
    public readonly short* Words = words;
    public readonly float* Scales = scales;

    public float* Sums16 { get; } = sums16;

    public float* Sums32 { get; } = sums32;

    /// <summary>The row from a column on, a multiple of 32.</summary>
    public ActivationWordRow From(int column) => new(
        Words + column, Scales + (column / ActivationWords.Group), Sums16 + (column / 16), Sums32 + (column / 32));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<float> Coarse(Vector128<float> scales, nint column) => scales * Vector128.Load(Scales + (column >> 5));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Coarse(Vector256<float> scale, nint column) => scale * Vector256.Create(Scales[column >> 5]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products<T>(byte* block, int part, nint column, Vector256<float> scale, Vector256<float> sum) where T : struct, IBlockFormat =>
        Products(T.Words(block, part), T.GroupElements == 16, column, scale, sum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Products(Vector256<sbyte> codes, nint column, Vector256<float> scale, Vector256<float> sum) =>
        Products(Bits.Widen(codes), true, column, scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Products((Vector256<short> First, Vector256<short> Last) weights, bool paired, nint column, Vector256<float> scale, Vector256<float> sum)
    {
        Vector256<int> first = Avx2.MultiplyAddAdjacent(weights.First, Vector256.Load(Words + column));
        Vector256<int> last = Avx2.MultiplyAddAdjacent(weights.Last, Vector256.Load(Words + column + 16));
        Vector256<int> products = paired ? Avx2.Permute2x128(first, last, 0x20) + Avx2.Permute2x128(first, last, 0x31) : first + last;
        return Fma.MultiplyAdd(Avx.ConvertToVector256Single(products), scale, sum);
    }

    /// <inheritdoc/>
    public float Products16(sbyte* codes, int column)
    {
        int products = 0;
        for (int i = 0; i < 16; i++) products += codes[i] * Words[column + i];
        return products * Scales[column / ActivationWords.Group];
    }
}

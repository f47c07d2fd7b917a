using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary>
/// Looks up 32 codes in a codebook. Separate loads: gathers are slower on Zen, and on Intel with its mitigations.
/// </summary>
internal static unsafe class GridAvx2
{
    /// <summary>Four entries of eight codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> Load(ulong* entries, uint first, uint second, uint third, uint fourth) =>
        Vector256.Create(entries[first], entries[second], entries[third], entries[fourth]).AsByte();

    /// <summary>Negates the codes where <paramref name="spread"/> is 0xFF.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> ApplySigns(Vector256<byte> codes, Vector256<byte> spread) =>
        Avx2.Subtract(Avx2.Xor(codes, spread), spread);

    /// <summary>Sign masks of four times seven bits, the first the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> SpreadSevens(ulong* spreadEven, uint signs) =>
        Load(spreadEven, signs & 127, signs >> 7 & 127, signs >> 14 & 127, signs >> 21 & 127);
}

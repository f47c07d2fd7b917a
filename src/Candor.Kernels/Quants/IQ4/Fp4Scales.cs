using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// The scales of the FP4 types (OCP "Microscaling Formats" for MXFP4), halved because codes are held doubled.
/// </summary>
internal static unsafe class Fp4Scales
{
    /// <summary>Half of 2^(code - 127); 255 is not NaN here but 2^128, as in ggml.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float HalfOfE8M0(byte code) =>
        BitConverter.UInt32BitsToSingle(code < 2 ? 0x00200000u << code : (uint)(code - 1) << 23);

    /// <summary><c>[256]</c>: half of each E4M3 scale without sign; the NaN code 0x7F counts 0, as in ggml.</summary>
    internal static readonly float* HalvesOfUE4M3 = BuildHalvesOfUE4M3();

    private static float* BuildHalvesOfUE4M3()
    {
        var table = (float*)NativeMemory.AlignedAlloc(256 * sizeof(float), 64);
        for (int code = 0; code < 256; code++) table[code] = HalfOfUE4M3(code);
        return table;
    }

    private static float HalfOfUE4M3(int code)
    {
        if (code is 0x7F) return 0;
        int exponent = code >> 3 & 15, mantissa = code & 7;
        return exponent == 0
            ? mantissa * (1f / 1024)
            : BitConverter.UInt32BitsToSingle((uint)(exponent + 119) << 23 | (uint)mantissa << 20);
    }
}

using System.Runtime.CompilerServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// The scales of the FP4 types (OCP "Microscaling Formats" for MXFP4), halved because codes are held doubled.
/// </summary>
internal static class Fp4Scales
{
    /// <summary>Half of 2^(code - 127); 255 is not NaN here but 2^128, as in ggml.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float HalfOfE8M0(byte code) =>
        BitConverter.UInt32BitsToSingle(code < 2 ? 0x00200000u << code : (uint)(code - 1) << 23);

    /// <summary>Half of an E4M3 scale without sign; the NaN code 0x7F counts 0, as in ggml.</summary>
    internal static float HalfOfUE4M3(byte code)
    {
        if (code is 0x7F) return 0;
        int exponent = code >> 3 & 15, mantissa = code & 7;
        return exponent == 0
            ? mantissa * (1f / 1024)
            : BitConverter.UInt32BitsToSingle((uint)(exponent + 119) << 23 | (uint)mantissa << 20);
    }
}

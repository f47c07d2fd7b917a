using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>
/// How a block of a quantized type is taken apart for integer arithmetic: 32 codes at a time, and for every group of 16 or
/// 32 codes a scale and an offset, so that <c>weight = scale * code + offset</c>. Its methods are inlined into the
/// kernels that take the format as a type argument, so that each quantized type gets its own fused kernel.
/// </summary>
internal unsafe interface IBlockFormat
{
    /// <summary>The stored type.</summary>
    static abstract ElementType Type { get; }

    /// <summary>Elements of a block: 32 or 256.</summary>
    static abstract int BlockElements { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Codes that share a scale: 16 or 32.</summary>
    static abstract int GroupElements { get; }

    /// <summary>Whether there are offsets. Where not, <see cref="Scales"/> leaves them alone, and codes are signed.</summary>
    static abstract bool HasOffsets { get; }

    /// <summary>Codes <c>32 * part</c> to <c>32 * part + 31</c> of a block, in order.</summary>
    static abstract Vector256<byte> Codes(byte* block, int part);

    /// <summary>The same codes as 16-bit integers, the first 16 and the last 16.</summary>
    static abstract (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part);

    /// <summary>The scale and offset of each group of a block, <paramref name="stride"/> floats apart.</summary>
    static abstract void Scales(byte* block, float* scales, float* offsets, nint stride);
}

/// <summary>A format of 32-element blocks whose scales can be read for four blocks at once.</summary>
internal unsafe interface ISmallBlockFormat : IBlockFormat
{
    /// <summary>Scales and offsets of four blocks, one a lane.</summary>
    static abstract (Vector128<float> Scales, Vector128<float> Offsets) FourScales(byte* a, byte* b, byte* c, byte* d);
}

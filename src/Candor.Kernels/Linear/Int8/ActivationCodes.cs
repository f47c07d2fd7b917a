using Candor.Tensors;

namespace Candor.Kernels.Int8;

/// <summary>
/// Activations as signed bytes: every 16 of a row share a float scale. Beside the scales stand the sums of what the bytes
/// mean, by 16 and by 32, which weights' offsets are multiplied by.
/// </summary>
/// <remarks>
/// Sums are of the rounded values, not of the exact ones: then the rounding error of an activation is weighted by the
/// weight itself, and not by the weight less its offset, which is larger.
/// </remarks>
internal sealed unsafe class ActivationCodes : IDisposable
{
    /// <summary>Activations that share a scale.</summary>
    public const int Group = 16;

    /// <summary>Activations are handled in pairs of groups.</summary>
    public const int Step = 32;

    private readonly NativeBuffer codes, scales, sums;
    private readonly nint codeStride, scaleStride, sumStride;

    /// <summary>Allocates rows.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="columns">Columns, a multiple of <see cref="Step"/>.</param>
    public ActivationCodes(int capacity, int columns)
    {
        // A cache line more for each row: tokens would else fall on the same lines of the first-level cache.
        (codeStride, scaleStride, sumStride) = (Pad(columns) + 64, Pad(columns / Group * 4) / 4, Pad(columns / Step * 4) / 4);
        codes = new NativeBuffer(checked(codeStride * (long)capacity));
        scales = new NativeBuffer(checked(scaleStride * 2L * sizeof(float) * capacity));
        sums = new NativeBuffer(checked(sumStride * (long)sizeof(float) * capacity));
    }

    /// <summary>A row.</summary>
    public ActivationCodeRow Row(int token) => new(
        (sbyte*)codes.Pointer + (token * codeStride),
        (float*)scales.Pointer + (token * 2 * scaleStride),
        (float*)scales.Pointer + (((token * 2) + 1) * scaleStride),
        (float*)sums.Pointer + (token * sumStride));

    /// <inheritdoc/>
    public void Dispose()
    {
        codes.Dispose();
        scales.Dispose();
        sums.Dispose();
    }

    private static nint Pad(int bytes) => (nint)((bytes + 63L) / 64 * 64);
}

/// <summary>One row of <see cref="ActivationCodes"/>, from some column on.</summary>
/// <param name="codes">The bytes, -127 to 127.</param>
/// <param name="scales">A scale for every 16.</param>
/// <param name="sums16">Sums of scale times byte, for every 16.</param>
/// <param name="sums32">Sums of scale times byte, for every 32.</param>
internal readonly unsafe struct ActivationCodeRow(sbyte* codes, float* scales, float* sums16, float* sums32)
{
    public readonly sbyte* Codes = codes;
    public readonly float* Scales = scales;
    public readonly float* Sums16 = sums16;
    public readonly float* Sums32 = sums32;

    /// <summary>The row from a column on, a multiple of 32.</summary>
    public ActivationCodeRow From(int column) => new(
        Codes + column, Scales + (column / ActivationCodes.Group), Sums16 + (column / ActivationCodes.Group), Sums32 + (column / ActivationCodes.Step));
}

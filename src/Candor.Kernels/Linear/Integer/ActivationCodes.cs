using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>
/// Activations as signed bytes: every 32 of a row share a float scale. Beside the scales stand the sums of what the bytes
/// mean, by 16 and by 32, which weights' offsets are multiplied by.
/// </summary>
/// <remarks>
/// Sums are of the rounded values, not of the exact ones: then the rounding error of an activation is weighted by the
/// weight itself, and not by the weight less its offset, which is larger.
/// </remarks>
internal sealed unsafe class ActivationCodes : IActivationForm<ActivationCodeRow>
{
    /// <summary>Activations that share a scale.</summary>
    public const int Group = 32;

    private readonly NativeBuffer codes, scales, sums16, sums32;
    private readonly nint codeStride, scaleStride, sum16Stride, sum32Stride;

    /// <summary>Allocates rows.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="columns">Columns, a multiple of <see cref="Group"/>.</param>
    public ActivationCodes(int capacity, int columns)
    {
        // A cache line more for each row: tokens would else fall on the same lines of the first-level cache.
        (codeStride, scaleStride) = (Pad(columns) + 64, Pad(columns / Group * 4) / 4);
        (sum16Stride, sum32Stride) = (Pad(columns / 16 * 4) / 4, Pad(columns / 32 * 4) / 4);
        codes = new NativeBuffer(checked(codeStride * (long)capacity));
        scales = new NativeBuffer(checked(scaleStride * (long)sizeof(float) * capacity));
        sums16 = new NativeBuffer(checked(sum16Stride * (long)sizeof(float) * capacity));
        sums32 = new NativeBuffer(checked(sum32Stride * (long)sizeof(float) * capacity));
    }

    /// <summary>A row.</summary>
    public ActivationCodeRow Row(int token) => new(
        (sbyte*)codes.Pointer + (token * codeStride),
        (float*)scales.Pointer + (token * scaleStride),
        (float*)sums16.Pointer + (token * sum16Stride),
        (float*)sums32.Pointer + (token * sum32Stride));

    /// <inheritdoc/>
    public void Round(float* values, int columns, int token) => ActivationQuantizer.Quantize(values, columns, Row(token));

    /// <inheritdoc/>
    public void Dispose()
    {
        codes.Dispose();
        scales.Dispose();
        sums16.Dispose();
        sums32.Dispose();
    }

    private static nint Pad(int bytes) => (nint)((bytes + 63L) / 64 * 64);
}

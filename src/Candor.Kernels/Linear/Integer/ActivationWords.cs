using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>
/// Activations as 16-bit integers: every 32 of a row share a float scale, largest magnitude / 32639. Their rounding error
/// is far below that of the weights' own storage. Beside them stand the sums of what they mean, by 16 and by 32.
/// </summary>
internal sealed unsafe class ActivationWords : IActivationForm<ActivationWordRow>
{
    /// <summary>Activations that share a scale.</summary>
    public const int Group = 32;

    private readonly NativeBuffer words, scales, sums16, sums32;
    private readonly nint wordStride, groupStride, sum16Stride;

    /// <summary>Allocates rows.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="columns">Columns, a multiple of <see cref="Group"/>.</param>
    public ActivationWords(int capacity, int columns)
    {
        // A cache line more for each row: tokens would else fall on the same lines of the first-level cache.
        wordStride = Pad(columns * 2L, 2) + 32;
        groupStride = Pad(columns / Group * 4L, 4);
        sum16Stride = Pad(columns / 16 * 4L, 4);
        words = new NativeBuffer(checked(wordStride * (long)sizeof(short) * capacity));
        scales = new NativeBuffer(checked(groupStride * (long)sizeof(float) * capacity));
        sums16 = new NativeBuffer(checked(sum16Stride * (long)sizeof(float) * capacity));
        sums32 = new NativeBuffer(checked(groupStride * (long)sizeof(float) * capacity));
    }

    /// <inheritdoc/>
    public ActivationWordRow Row(int token) => new(
        (short*)words.Pointer + (token * wordStride),
        (float*)scales.Pointer + (token * groupStride),
        (float*)sums16.Pointer + (token * sum16Stride),
        (float*)sums32.Pointer + (token * groupStride));

    /// <inheritdoc/>
    public void Round(float* values, int columns, int token) => WordQuantizer.Quantize(values, columns, Row(token));

    /// <inheritdoc/>
    public void Dispose()
    {
        words.Dispose();
        scales.Dispose();
        sums16.Dispose();
        sums32.Dispose();
    }

    private static nint Pad(long bytes, int size) => (nint)((bytes + 63) / 64 * 64 / size);
}

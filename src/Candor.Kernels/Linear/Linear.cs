using Candor.Kernels.Gemms;
using Candor.Kernels.Limits;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>Linear layers: activations times the transpose of a weight that stays as it is stored.</summary>
public static unsafe class Linear
{
    /// <summary>From so many tokens at once on, <see cref="ActivationMode.Auto"/> rounds more for speed: 128.</summary>
    public const int ManyTokens = 128;

    /// <summary>From so many tokens on, laying quantized weights out for tile registers is worth it.</summary>
    private const int TileTokens = 64;

    /// <summary>The mode that a weight is really multiplied in: <see cref="ActivationMode.F32"/> for float weights, else 16 or 8 bits or float32.</summary>
    /// <param name="mode">The mode that is asked for.</param>
    /// <param name="weight">How the weight is stored.</param>
    /// <param name="steers"><see cref="LinearTask.Steers"/>.</param>
    /// <param name="tokens">Tokens that are multiplied at once.</param>
    public static ActivationMode Resolve(ActivationMode mode, ElementType weight, bool steers, int tokens) => !weight.IsQuantized() ? ActivationMode.F32 : mode switch
    {
        ActivationMode.Auto => steers || tokens < ManyTokens ? ActivationMode.Q16 : ActivationMode.Q8,
        ActivationMode.Mixed => steers ? ActivationMode.Q16 : ActivationMode.Q8,
        _ => mode,
    };

    /// <summary>
    /// In what numbers a weight is multiplied as floats, where many tokens are at once: a float weight as bfloat16 where that is faster and the weight has no
    /// more bits anyway, or the mode is the roughest one; queries, keys, values and logits in the roughest only; else in sums of two, where the processor has tile
    /// registers; a quantized one as bfloat16 where <see cref="TakesTiles"/> says so.
    /// </summary>
    /// <inheritdoc cref="Resolve"/>
    internal static ProductPrecision Precision(ActivationMode mode, ElementType weight, bool steers, int tokens)
    {
        if (weight.IsQuantized()) return TakesTiles(mode, weight, tokens) ? ProductPrecision.BFloat16 : ProductPrecision.Float32;
        if (mode is ActivationMode.F32 or ActivationMode.Q16 || (mode == ActivationMode.Auto && tokens < ManyTokens)) return ProductPrecision.Float32;
        if (mode == ActivationMode.Q8 || (weight == ElementType.BF16 && !steers)) return FasterPrecision.Measured;
        return HasTiles ? ProductPrecision.SplitBFloat16 : ProductPrecision.Float32;
    }

    /// <summary>
    /// Whether a quantized weight goes to tile registers as bfloat16, in place of integers: that is faster, and rounds activations less than 8 bits do. Queries
    /// and keys go there too.
    /// </summary>
    /// <inheritdoc cref="Resolve"/>
    internal static bool TakesTiles(ActivationMode mode, ElementType weight, int tokens) =>
        tokens >= (mode == ActivationMode.Auto ? ManyTokens : TileTokens) && mode is not (ActivationMode.F32 or ActivationMode.Q16) && weight.IsQuantized() && HasTiles;

    private static bool HasTiles => MatrixTileKernel.IsSupported && PanelPairs.IsSupported;

    /// <summary>Multiplies the first <paramref name="tokens"/> rows of the input by each task's weight, in one parallel region.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="input">Rows <c>[tokens, columns]</c>.</param>
    /// <param name="tokens">Rows to multiply, 0 to <c>input.Capacity</c>.</param>
    /// <param name="tasks">Products that share the input; each weight has <c>input.Columns</c> columns.</param>
    /// <param name="mode">How the activations are held.</param>
    /// <exception cref="ArgumentException">A weight's columns differ from the input's.</exception>
    public static void Multiply(WorkerPool pool, ActivationRows input, int tokens, ReadOnlySpan<LinearTask> tasks, ActivationMode mode)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)tokens, (uint)input.Capacity, nameof(tokens));
        foreach (ref readonly LinearTask task in tasks)
        {
            if (task.Weight.Columns != input.Columns)
                throw new ArgumentException($"a weight has {task.Weight.Columns} columns, the input {input.Columns}", nameof(tasks));
        }

        if (tokens > 0) input.Job.Run(pool, input, tokens, tasks, mode);
    }
}

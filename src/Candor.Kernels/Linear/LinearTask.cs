namespace Candor.Kernels;

/// <summary>
/// One product of a <see cref="Linear.Multiply"/>: <c>output[t, r] (+)= scale * sum_c x[t, c] * weight[r, c] + bias[r]</c>.
/// </summary>
public unsafe struct LinearTask
{
    /// <summary>A task to be filled in: scale 1, no bias, output overwritten.</summary>
    public LinearTask() => Scale = 1;

    /// <summary>A product without bias that overwrites its output.</summary>
    /// <param name="weight">The weight <c>[rows, columns]</c>.</param>
    /// <param name="output">The first output of the first token.</param>
    /// <param name="outputStride">Floats between the outputs of one token and the next.</param>
    public LinearTask(WeightMatrix weight, float* output, nint outputStride)
    {
        (Weight, OutputStride, Scale) = (weight, outputStride, 1);
        Output = output;
    }

    /// <summary>The weight <c>[rows, columns]</c>.</summary>
    public WeightMatrix Weight { get; set; } = null!;

    /// <summary>The outputs, <c>[tokens, rows]</c> with <see cref="OutputStride"/> floats between tokens. No alignment needed.</summary>
    public float* Output { get; set; }

    /// <summary>Floats between the outputs of one token and the next: <c>Weight.Rows</c> or more.</summary>
    public nint OutputStride { get; set; }

    /// <summary><c>[rows]</c>, or null for none. It is not scaled.</summary>
    public float* Bias { get; set; }

    /// <summary>Whether to add to what stands in the output (a residual stream) instead of overwriting it.</summary>
    public bool Accumulate { get; set; }

    /// <summary>Whether the product steers attention, routing or the choice of a token: <see cref="ActivationMode.Mixed"/> rounds less for it.</summary>
    public bool Steers { get; set; }

    /// <summary>Multiplies the product: 1 unless set.</summary>
    public float Scale { get; set; }
}

namespace Candor.Training;

/// <summary>In what numbers a training run multiplies matrices. Weights, gradients, sums and everything else are float32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>Float32: one seed gives one run wherever it runs.</summary>
    Float32,

    /// <summary>Operands of products with weights are rounded to bfloat16, as under PyTorch's autocast; attention's own stay float32.</summary>
    Bfloat16,

    /// <summary>The faster of the two on the machine at hand, which is measured when the run starts.</summary>
    Auto,
}

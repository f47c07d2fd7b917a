namespace Candor.Kernels;

/// <summary>How activations are held while quantized weights are multiplied.</summary>
public enum ActivationMode
{
    /// <summary>8-bit for quantized weights, float32 for float weights.</summary>
    Auto,
    /// <summary>Float32: exact up to rounding.</summary>
    F32,
    /// <summary>8-bit integers with float scales: faster.</summary>
    Q8,
}

namespace Candor.Kernels;

/// <summary>
/// How activations are held while quantized weights are multiplied. Float weights are multiplied in float32, but in bfloat16 where many tokens are at once,
/// the machine is faster in that, and either the weight is stored so (<see cref="Auto"/>, <see cref="Mixed"/>) or the mode is <see cref="Q8"/>. On processors
/// with tile registers (Intel's AMX) quantized weights are too, in those three modes: that is nearer to exact than 8 bits.
/// </summary>
public enum ActivationMode
{
    /// <summary><see cref="Q16"/> for few tokens, where it costs little; <see cref="Mixed"/> for <see cref="Linear.ManyTokens"/> or more.</summary>
    Auto,
    /// <summary>Float32: exact up to rounding.</summary>
    F32,
    /// <summary>8-bit integers with a scale for every 32: the fastest.</summary>
    Q8,
    /// <summary>16-bit integers with a scale for every 32: exact to about four digits.</summary>
    Q16,
    /// <summary><see cref="Q16"/> where a product steers attention, routing or the choice of a token, <see cref="Q8"/> elsewhere.</summary>
    Mixed,
}

using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>How large codes can be, which says how many products fit in 16 bits.</summary>
internal enum CodeRange
{
    /// <summary>0 to 31: eight products of a code and an activation fit in 16 bits with sign.</summary>
    Unsigned5,
    /// <summary>0 to 63: four products.</summary>
    Unsigned6,
    /// <summary>0 to 127: two products.</summary>
    Unsigned7,
    /// <summary>-128 to 127.</summary>
    Signed8,
}

/// <summary>What the codes that <see cref="CodeDecoder"/> gives for a type are like.</summary>
/// <param name="Range">Their range, once <paramref name="Zero"/> was added.</param>
/// <param name="Zero">What makes them unsigned: the offset of a group is then its minimum less <c>Zero * scale</c>.</param>
/// <param name="Group">Elements that share a scale: 16 or 32.</param>
internal readonly record struct CodeShape(CodeRange Range, int Zero, int Group)
{
    /// <summary>The shape of a quantized type.</summary>
    public static CodeShape Of(ElementType type) => type switch
    {
        ElementType.Q4_0 => new(CodeRange.Unsigned5, 8, 32),
        ElementType.Q5_0 => new(CodeRange.Unsigned5, 16, 32),
        ElementType.Q4_1 or ElementType.Q5_1 or ElementType.Q4_K or ElementType.Q5_K => new(CodeRange.Unsigned5, 0, 32),
        ElementType.Q2_K => new(CodeRange.Unsigned5, 0, 16),
        ElementType.Q3_K => new(CodeRange.Unsigned5, 4, 16),
        ElementType.Q6_K => new(CodeRange.Unsigned6, 32, 16),
        ElementType.MXFP4 => new(CodeRange.Unsigned5, 12, 32),
        ElementType.NVFP4 => new(CodeRange.Unsigned5, 12, 16),
        ElementType.IQ1_S => new(CodeRange.Unsigned5, 9, 32),
        ElementType.IQ1_M => new(CodeRange.Unsigned5, 9, 16),
        ElementType.IQ2_XXS => new(CodeRange.Unsigned7, 43, 32),
        ElementType.IQ2_XS or ElementType.IQ2_S => new(CodeRange.Unsigned7, 43, 16),
        ElementType.IQ3_XXS => new(CodeRange.Unsigned7, 62, 32),
        ElementType.IQ3_S => new(CodeRange.Unsigned5, 15, 32),
        ElementType.TQ1_0 or ElementType.TQ2_0 or ElementType.Q1_0 or ElementType.Q2_0 => new(CodeRange.Unsigned5, 1, 32),
        ElementType.Q8_0 or ElementType.Q8_1 or ElementType.Q8_K or ElementType.IQ4_NL or ElementType.IQ4_XS => new(CodeRange.Signed8, 0, 32),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a quantized type"),
    };
}

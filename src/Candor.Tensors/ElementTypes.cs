using System.Diagnostics.CodeAnalysis;

namespace Candor.Tensors;

/// <summary>Facts about each <see cref="ElementType"/>: elements and bytes of a block, and its name.</summary>
public static class ElementTypes
{
    /// <summary>Whether this type is known here.</summary>
    public static bool IsKnown(ElementType type) => TryGetBlock(type, out _, out _);

    /// <summary>Whether elements are grouped in blocks with a shared scale.</summary>
    public static bool IsQuantized(this ElementType type) => BlockElements(type) > 1 && IsGguf(type);

    /// <summary>Whether GGUF has this type; the others exist in safetensors only.</summary>
    public static bool IsGguf(this ElementType type) => (int)type < 1000;

    /// <summary>The name that the file formats use, such as <c>Q4_K</c>, <c>BF16</c> or <c>BOOL</c>.</summary>
    public static string Name(this ElementType type) => type is ElementType.Bool ? "BOOL" : type.ToString();

    /// <summary>Whether an element is a floating-point number by itself.</summary>
    public static bool IsFloat(this ElementType type) => type
        is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F8_E4M3 or ElementType.F8_E5M2;

    /// <summary>Elements in a block: 1 for plain types.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known.</exception>
    public static int BlockElements(this ElementType type)
    {
        if (!TryGetBlock(type, out int elements, out _)) ThrowUnknown(type);
        return elements;
    }

    /// <summary>Bytes of a block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known.</exception>
    public static int BlockBytes(this ElementType type)
    {
        if (!TryGetBlock(type, out _, out int bytes)) ThrowUnknown(type);
        return bytes;
    }

    /// <summary>Bytes of a row of <paramref name="columns"/> elements.</summary>
    /// <exception cref="ArgumentException">The row is not a whole number of blocks.</exception>
    /// <exception cref="OverflowException">The number of bytes does not fit in 63 bits.</exception>
    public static long RowBytes(this ElementType type, long columns)
    {
        int block = BlockElements(type);
        if (columns % block != 0)
            throw new ArgumentException($"a row of {columns} elements is not a whole number of {type} blocks of {block}", nameof(columns));
        return checked(columns / block * BlockBytes(type));
    }

    /// <summary>Elements and bytes of a block of this type; false where the type is not known.</summary>
    public static bool TryGetBlock(ElementType type, out int elements, out int bytes)
    {
        (elements, bytes) = type switch
        {
            ElementType.F64 or ElementType.I64 or ElementType.U64 or ElementType.C64 => (1, 8),
            ElementType.F32 or ElementType.I32 or ElementType.U32 => (1, 4),
            ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => (1, 2),
            ElementType.I8 or ElementType.U8 or ElementType.Bool or ElementType.F8_E4M3 or ElementType.F8_E5M2
                or ElementType.F8_E8M0 or ElementType.F8_E4M3FNUZ or ElementType.F8_E5M2FNUZ => (1, 1),
            ElementType.F4 => (2, 1),
            ElementType.F6_E2M3 or ElementType.F6_E3M2 => (4, 3),
            ElementType.Q4_0 or ElementType.IQ4_NL => (32, 18),
            ElementType.Q4_1 => (32, 20),
            ElementType.Q5_0 => (32, 22),
            ElementType.Q5_1 => (32, 24),
            ElementType.Q8_0 => (32, 34),
            ElementType.Q8_1 => (32, 36),
            ElementType.Q2_K => (256, 84),
            ElementType.Q3_K or ElementType.IQ3_S => (256, 110),
            ElementType.Q4_K => (256, 144),
            ElementType.Q5_K => (256, 176),
            ElementType.Q6_K => (256, 210),
            ElementType.Q8_K => (256, 292),
            ElementType.IQ2_XXS or ElementType.TQ2_0 => (256, 66),
            ElementType.IQ2_XS => (256, 74),
            ElementType.IQ2_S => (256, 82),
            ElementType.IQ3_XXS => (256, 98),
            ElementType.IQ1_S => (256, 50),
            ElementType.IQ1_M => (256, 56),
            ElementType.IQ4_XS => (256, 136),
            ElementType.TQ1_0 => (256, 54),
            ElementType.MXFP4 => (32, 17),
            ElementType.NVFP4 => (64, 36),
            ElementType.Q1_0 => (128, 18),
            ElementType.Q2_0 => (64, 18),
            _ => (0, 0),
        };
        return elements != 0;
    }

    [DoesNotReturn]
    private static void ThrowUnknown(ElementType type) =>
        throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type");
}

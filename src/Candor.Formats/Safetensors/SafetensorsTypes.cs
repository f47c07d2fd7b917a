using Candor.Tensors;

namespace Candor.Formats;

/// <summary>The names of element types in safetensors.</summary>
internal static class SafetensorsTypes
{
    /// <summary>The type of a name; false where safetensors has none of this name.</summary>
    public static bool TryParse(string? name, out ElementType type)
    {
        ElementType? found = name switch
        {
            "F64" => ElementType.F64,
            "F32" => ElementType.F32,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            "F8_E4M3" => ElementType.F8_E4M3,
            "F8_E5M2" => ElementType.F8_E5M2,
            "F8_E8M0" => ElementType.F8_E8M0,
            "F8_E4M3FNUZ" => ElementType.F8_E4M3FNUZ,
            "F8_E5M2FNUZ" => ElementType.F8_E5M2FNUZ,
            "F6_E2M3" => ElementType.F6_E2M3,
            "F6_E3M2" => ElementType.F6_E3M2,
            "F4" => ElementType.F4,
            "C64" => ElementType.C64,
            "I64" => ElementType.I64,
            "I32" => ElementType.I32,
            "I16" => ElementType.I16,
            "I8" => ElementType.I8,
            "U64" => ElementType.U64,
            "U32" => ElementType.U32,
            "U16" => ElementType.U16,
            "U8" => ElementType.U8,
            "BOOL" => ElementType.Bool,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>Whether safetensors can hold a type.</summary>
    public static bool IsSupported(ElementType type) => TryParse(type.Name(), out ElementType same) && same == type;

    /// <summary>Bytes of so many elements; false where they do not fill whole bytes or have too many.</summary>
    public static bool TryBytes(ElementType type, long elements, out long bytes)
    {
        int block = type.BlockElements();
        bytes = 0;
        if (elements % block != 0 || elements / block > long.MaxValue / type.BlockBytes()) return false;
        bytes = elements / block * type.BlockBytes();
        return true;
    }
}

using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>Types that share no scale: floats, integers, booleans. 64-bit values round to the nearest float.</summary>
internal static unsafe class PlainTypes
{
    internal static void ToFloat(ElementType type, byte* source, float* destination, long count)
    {
        switch (type)
        {
            case ElementType.F32: Buffer.MemoryCopy(source, destination, count * 4, count * 4); break;
            case ElementType.F16: HalfConversion.HalfToSingle((ushort*)source, destination, count); break;
            case ElementType.BF16: HalfConversion.BFloat16ToSingle((ushort*)source, destination, count); break;
            case ElementType.F64: for (long i = 0; i < count; i++) destination[i] = (float)((double*)source)[i]; break;
            case ElementType.F8_E4M3: Float8Conversion.E4M3ToSingle(source, destination, count); break;
            case ElementType.F8_E5M2: Float8Conversion.E5M2ToSingle(source, destination, count); break;
            case ElementType.I8: for (long i = 0; i < count; i++) destination[i] = (sbyte)source[i]; break;
            case ElementType.I16: for (long i = 0; i < count; i++) destination[i] = ((short*)source)[i]; break;
            case ElementType.I32: for (long i = 0; i < count; i++) destination[i] = ((int*)source)[i]; break;
            case ElementType.I64: for (long i = 0; i < count; i++) destination[i] = ((long*)source)[i]; break;
            case ElementType.U8: for (long i = 0; i < count; i++) destination[i] = source[i]; break;
            case ElementType.U16: for (long i = 0; i < count; i++) destination[i] = ((ushort*)source)[i]; break;
            case ElementType.U32: for (long i = 0; i < count; i++) destination[i] = ((uint*)source)[i]; break;
            case ElementType.U64: for (long i = 0; i < count; i++) destination[i] = ((ulong*)source)[i]; break;
            case ElementType.Bool: for (long i = 0; i < count; i++) destination[i] = source[i] != 0 ? 1 : 0; break;
            default:
                if (!SmallFloats.TryToFloat(type, source, destination, count))
                    throw new NotSupportedException($"{type} elements are no single numbers");
                break;
        }
    }
}

using System.Numerics;
using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>Looks for values that a type cannot hold before they are converted.</summary>
internal static unsafe class SourceCheck
{
    // Bits of the least magnitudes that round beyond the largest finite value of a type.
    internal const uint HalfLimit = 0x477FF000;
    internal const uint BFloat16Limit = 0x7F7F8000;
    internal const uint E4M3Limit = 0x43E80001;
    internal const uint E5M2Limit = 0x47700000;
    private const uint Infinity = 0x7F800000;

    /// <summary>Refuses NaN and infinities.</summary>
    internal static void RequireFinite(ElementType type, float* source, long count)
    {
        if (LargestMagnitude(source, count) < Infinity) return;
        for (long i = 0; i < count; i++)
            if (!float.IsFinite(source[i])) throw new QuantizationException(type, i, $"it is {source[i]}, and must be finite");
    }

    /// <summary>Refuses finite values from a limit on, and infinities where the type has none.</summary>
    internal static void RequireBelow(ElementType type, float* source, long count, uint limit, bool hasInfinity = true)
    {
        if (LargestMagnitude(source, count) < limit) return;
        for (long i = 0; i < count; i++)
        {
            uint magnitude = BitConverter.SingleToUInt32Bits(source[i]) & 0x7FFFFFFF;
            if (magnitude >= limit && (magnitude < Infinity || (magnitude == Infinity && !hasInfinity)))
                throw new QuantizationException(type, i, $"{source[i]:R} is beyond the type's range");
        }
    }

    /// <summary>A scale or minimum in half precision.</summary>
    /// <exception cref="QuantizationException">It is beyond half precision.</exception>
    internal static ushort ToHalf(ElementType type, float value, long block)
    {
        ushort code = HalfConversion.SingleToHalf(value);
        if ((code & 0x7C00) == 0x7C00)
            throw new QuantizationException(type, block * type.BlockElements(), $"its block needs a scale or minimum of {value:R}, beyond half precision");
        return code;
    }

    // Bits of magnitudes are ordered as the magnitudes, with infinity and NaN above all numbers.
    private static uint LargestMagnitude(float* source, long count)
    {
        var most = Vector<int>.Zero;
        var mask = new Vector<int>(0x7FFFFFFF);
        long i = 0;
        for (; i <= count - Vector<int>.Count; i += Vector<int>.Count)
            most = Vector.Max(most, *(Vector<int>*)(source + i) & mask);
        int largest = 0;
        for (int lane = 0; lane < Vector<int>.Count; lane++) largest = Math.Max(largest, most[lane]);
        for (; i < count; i++) largest = Math.Max(largest, BitConverter.SingleToInt32Bits(source[i]) & 0x7FFFFFFF);
        return (uint)largest;
    }
}

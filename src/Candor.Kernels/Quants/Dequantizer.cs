using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>Stored elements of every real <see cref="ElementType"/> to single precision, with the bits that ggml gives.</summary>
public static unsafe class Dequantizer
{
    // A multiple of every block size; codes and scales of a chunk stay in the first-level cache.
    private const int ChunkElements = 1024;

    /// <summary>Converts elements to floats.</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="source">Their first byte: the begin of a block. It need not be aligned.</param>
    /// <param name="destination">Receives <c>[count]</c> floats.</param>
    /// <param name="count">Elements: a whole number of blocks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known, or <paramref name="count"/> is negative.</exception>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not a whole number of blocks.</exception>
    /// <exception cref="NotSupportedException">The elements are complex numbers.</exception>
    public static void ToFloat(ElementType type, byte* source, float* destination, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int elements = type.BlockElements(), bytes = type.BlockBytes();
        if (count % elements != 0)
            throw new ArgumentException($"{count} elements are not a whole number of {type} blocks of {elements}", nameof(count));
        if (!type.IsQuantized())
        {
            PlainTypes.ToFloat(type, source, destination, count);
            return;
        }

        sbyte* codes = stackalloc sbyte[ChunkElements];
        float* scales = stackalloc float[ChunkElements / CodeDecoder.GroupElements];
        float* mins = stackalloc float[ChunkElements / CodeDecoder.GroupElements];
        bool hasMins = CodeDecoder.HasMins(type);
        while (count > 0)
        {
            int chunk = (int)Math.Min(count, ChunkElements);
            int blocks = chunk / elements;
            CodeDecoder.DecodeBlocks(type, source, blocks, codes, scales, mins);
            if (hasMins) ScaleAndAdd(codes, scales, mins, destination, chunk);
            else Scale(codes, scales, destination, chunk);
            source += blocks * bytes;
            destination += chunk;
            count -= chunk;
        }
    }

    /// <summary>Floats of codes, sixteen of which share a scale.</summary>
    internal static void Scale(sbyte* codes, float* scales, float* destination, int count)
    {
        if (Avx2.IsSupported) ExpandAvx2.Scale(codes, scales, destination, count);
        else ExpandScalar.Scale(codes, scales, destination, count);
    }

    /// <summary>The same where they share a minimum too.</summary>
    internal static void ScaleAndAdd(sbyte* codes, float* scales, float* mins, float* destination, int count)
    {
        if (Avx2.IsSupported) ExpandAvx2.ScaleAndAdd(codes, scales, mins, destination, count);
        else ExpandScalar.ScaleAndAdd(codes, scales, mins, destination, count);
    }
}

using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>Stored tensors of any type as single-precision numbers.</summary>
public static unsafe class TensorReader
{
    /// <summary>Whether the elements of a type can be computed with; the others can only be listed and copied.</summary>
    public static bool CanRead(ElementType type) => ElementTypes.IsKnown(type) && type
        is not (ElementType.F8_E8M0 or ElementType.F8_E4M3FNUZ or ElementType.F8_E5M2FNUZ
        or ElementType.F4 or ElementType.F6_E2M3 or ElementType.F6_E3M2 or ElementType.C64);

    /// <summary>Converts a whole tensor, in row-major order.</summary>
    /// <param name="tensor">The tensor; its store must not be disposed meanwhile.</param>
    /// <param name="destination">Receives as many numbers as the tensor has elements.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ModelFormatException">The type cannot be computed with.</exception>
    public static void ToFloat(StoredTensor tensor, Span<float> destination)
    {
        if (destination.Length != tensor.ElementCount)
            throw new ArgumentException($"{tensor.ElementCount} numbers are expected, there is room for {destination.Length}", nameof(destination));
        ToFloat(tensor, 0, destination);
    }

    /// <summary>Converts a part of a tensor.</summary>
    /// <param name="tensor">The tensor; its store must not be disposed meanwhile.</param>
    /// <param name="start">The first element: the begin of a block.</param>
    /// <param name="destination">Receives the numbers: a whole number of blocks.</param>
    /// <exception cref="ArgumentException">The part does not lie in the tensor, or is not made of whole blocks.</exception>
    /// <exception cref="ModelFormatException">The type cannot be computed with.</exception>
    public static void ToFloat(StoredTensor tensor, long start, Span<float> destination)
    {
        if (!CanRead(tensor.Type)) throw new ModelFormatException(tensor.File, tensor.Name, $"elements of type {tensor.Type.Name()} cannot be computed with");
        int block = tensor.Type.BlockElements();
        if (start < 0 || start > tensor.ElementCount - destination.Length)
            throw new ArgumentException($"elements {start} to {start + destination.Length} do not lie in the tensor's {tensor.ElementCount}", nameof(start));
        if (start % block != 0 || destination.Length % block != 0)
            throw new ArgumentException($"elements {start} to {start + destination.Length} are not whole blocks of {block}", nameof(start));
        fixed (float* to = destination)
            Dequantizer.ToFloat(tensor.Type, tensor.Data + start / block * tensor.Type.BlockBytes(), to, destination.Length);
    }

    /// <summary>A whole tensor as a new array, in row-major order.</summary>
    /// <param name="tensor">The tensor; its store must not be disposed meanwhile.</param>
    /// <exception cref="ModelFormatException">The type cannot be computed with, or there are more elements than an array can have.</exception>
    public static float[] ToArray(StoredTensor tensor)
    {
        if (tensor.ElementCount > Array.MaxLength)
            throw new ModelFormatException(tensor.File, tensor.Name, $"has {tensor.ElementCount} elements, at most {Array.MaxLength} fit in an array");
        if (!CanRead(tensor.Type)) throw new ModelFormatException(tensor.File, tensor.Name, $"elements of type {tensor.Type.Name()} cannot be computed with");
        var values = new float[tensor.ElementCount];
        ToFloat(tensor, values);
        return values;
    }
}

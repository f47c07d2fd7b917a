using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>Values cannot be stored in an element type: one is not finite, or they are too large for its scale.</summary>
public sealed class QuantizationException : Exception
{
    /// <summary>Describes values that a type cannot hold.</summary>
    /// <param name="type">The type.</param>
    /// <param name="index">The element, or the first element of the block, at fault.</param>
    /// <param name="problem">What was found and what was expected.</param>
    public QuantizationException(ElementType type, long index, string problem)
        : base($"element {index} cannot be stored as {type}: {problem}")
    {
        Type = type;
        Index = index;
    }

    /// <summary>The type that cannot hold the values.</summary>
    public ElementType Type { get; }

    /// <summary>The element at fault, or the first of its block, counted from the first element that was given.</summary>
    public long Index { get; }
}

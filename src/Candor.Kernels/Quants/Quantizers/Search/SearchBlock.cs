using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// One block as the searching quantizers see it: values divided by a power of two, so that the largest magnitude lies in
/// [1, 2) and neither squares nor scales leave single precision, and the weight of each value's squared error.
/// </summary>
internal readonly unsafe struct SearchBlock
{
    // Below this even the smallest half precision scale is more than twice any value: all codes are 0.
    private const int LeastExponent = -40;

    private SearchBlock(float* values, float* weights, int exponent, bool isZero)
    {
        Values = values;
        Weights = weights;
        Exponent = exponent;
        IsZero = isZero;
    }

    /// <summary>The values, divided by 2^<see cref="Exponent"/>.</summary>
    public float* Values { get; }

    /// <summary>How much each squared error counts: the importance over its mean, or 1.</summary>
    public float* Weights { get; }

    /// <summary>The power of two that was divided out.</summary>
    public int Exponent { get; }

    /// <summary>Whether no value can be told from 0 with a half precision scale.</summary>
    public bool IsZero { get; }

    /// <summary>Fills the two buffers with a block.</summary>
    /// <param name="source">Values, <c>[count]</c>, finite.</param>
    /// <param name="importance">Importance of each, <c>[count]</c>, or null where all are alike.</param>
    /// <param name="count">Elements of the block.</param>
    /// <param name="buffer">Room for <c>2 count</c> floats.</param>
    public static SearchBlock Load(float* source, float* importance, int count, float* buffer)
    {
        float largest = MathF.Abs(BlockExtremes.Largest(source, count));
        int exponent = largest == 0 ? LeastExponent - 1 : MathF.ILogB(largest);
        float* values = buffer, weights = buffer + count;
        for (int i = 0; i < count; i++) values[i] = MathF.ScaleB(source[i], -exponent);
        Weigh(importance, weights, count);
        return new SearchBlock(values, weights, exponent, exponent < LeastExponent);
    }

    /// <summary>Refuses a block whose largest magnitude no half precision scale can reach.</summary>
    /// <param name="type">The type, for the refusal.</param>
    /// <param name="reach">The largest multiple of the scale that a code stands for.</param>
    /// <param name="block">The block's number.</param>
    /// <exception cref="QuantizationException">It is out of reach.</exception>
    public void RequireReach(ElementType type, double reach, long block)
    {
        if (Math.ScaleB(1, Exponent) > reach * 65504)
            throw new QuantizationException(type, block * type.BlockElements(), $"values from {Math.ScaleB(1, Exponent):R} on are beyond the type's scales");
    }

    // A little is added to each, so that inputs which were never seen at work still keep something of their weights.
    private static void Weigh(float* importance, float* weights, int count)
    {
        double sum = 0;
        for (int i = 0; importance != null && i < count; i++) sum += importance[i];
        float inverse = (float)(count / sum);
        bool usable = sum > 0 && float.IsFinite(inverse) && inverse > 0;
        for (int i = 0; i < count; i++) weights[i] = usable ? importance[i] * inverse + 1e-6f : 1;
    }
}

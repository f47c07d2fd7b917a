namespace Candor.Formats;

/// <summary>Checked products of dimensions.</summary>
internal static class TensorShape
{
    /// <summary>
    /// The product of the dimensions. False where one is negative, or where the product does not fit in 63 bits
    /// (zeros left out, so that no later product can overflow either).
    /// </summary>
    public static bool TryCount(ReadOnlySpan<long> shape, out long count)
    {
        count = 0;
        long product = 1;
        bool empty = false;
        foreach (long d in shape)
        {
            if (d < 0) return false;
            if (d == 0) empty = true;
            else if (product > long.MaxValue / d) return false;
            else product *= d;
        }

        count = empty ? 0 : product;
        return true;
    }

    /// <summary>Dimensions as people write them: <c>[2, 3]</c>.</summary>
    public static string Text(IEnumerable<long> shape) => "[" + string.Join(", ", shape) + "]";
}

namespace Candor.Kernels.Quants;

/// <summary>Keeps the few best of many tries, best first and each once.</summary>
internal static class Beam
{
    /// <summary>Takes a try in if it is among the best.</summary>
    /// <param name="kept">The best so far.</param>
    /// <param name="errors">Their errors.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="item">The try.</param>
    /// <param name="error">Its error.</param>
    public static void Insert<T>(Span<T> kept, Span<double> errors, ref int count, T item, double error)
        where T : struct, IEquatable<T>
    {
        if (kept[..count].Contains(item)) return;
        int at = count;
        while (at > 0 && error < errors[at - 1]) at--;
        if (at == kept.Length) return;
        count = Math.Min(count + 1, kept.Length);
        for (int i = count - 1; i > at; i--) (kept[i], errors[i]) = (kept[i - 1], errors[i - 1]);
        (kept[at], errors[at]) = (item, error);
    }
}

namespace Candor.Inference.Sampling;

/// <summary>Divides the logits by a temperature; 0 leaves the first of the largest only.</summary>
internal static class Temperature
{
    // Far below any weight that a double can hold, and still safe to square and to sum.
    private const double Floor = -1e150;

    public static void Apply(Candidates candidates, double temperature)
    {
        Span<double> logits = candidates.Logits;
        if (temperature == 0)
        {
            candidates.KeepOnly(ArgMax(logits));
            return;
        }

        // The largest becomes 0 first: large offsets would cost digits, and small temperatures could overflow.
        double max = PortableMath.Max(logits);
        for (int i = 0; i < logits.Length; i++) logits[i] = Math.Max(Floor, (logits[i] - max) / temperature);
    }

    /// <summary>The first of the largest.</summary>
    public static int ArgMax(ReadOnlySpan<double> logits)
    {
        double max = PortableMath.Max(logits);
        int i = 0;
        while (logits[i] != max) i++;
        return i;
    }
}

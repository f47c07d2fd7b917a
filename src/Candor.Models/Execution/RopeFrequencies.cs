using Candor.Kernels;

namespace Candor.Models;

/// <summary>Frequencies of one <see cref="RopeSpec"/>, and the angle tables made from them. Thread-safe.</summary>
internal sealed unsafe class RopeFrequencies : IDisposable
{
    private const int KeptDynamicTables = 4;
    private readonly RopeSpec spec;
    private readonly int size;
    private readonly RopeTable table;
    private readonly RopeTable? longTable;
    private readonly Dictionary<int, RopeTable> dynamicTables = [];
    private readonly List<RopeTable> retired = [];

    /// <summary>Derives frequencies.</summary>
    /// <param name="spec">The rope.</param>
    /// <param name="size">Elements of a head that turn.</param>
    /// <param name="factors">Divisors from a tensor, for <see cref="RopeScalingKind.Factors"/>, or for short sequences with <see cref="RopeScalingKind.LongRope"/>; else null.</param>
    /// <param name="longFactors">Divisors for long sequences from a tensor, or null.</param>
    public RopeFrequencies(RopeSpec spec, int size, double[]? factors, double[]? longFactors)
    {
        this.spec = spec;
        this.size = size;
        Pairs = size / 2;
        RopeScalingSpec? scaling = spec.Scaling;
        double attention = AttentionFactor(scaling);
        double[] plain = Plain(spec.Theta);
        switch (scaling?.Kind)
        {
            case RopeScalingKind.Linear:
                table = new RopeTable([.. plain.Select(f => f / scaling.Factor)], attention);
                break;
            case RopeScalingKind.Yarn:
                table = new RopeTable(Yarn(scaling), attention);
                break;
            case RopeScalingKind.Llama3:
                table = new RopeTable([.. plain.Select(f => Llama3(f, scaling))], attention);
                break;
            case RopeScalingKind.LongRope:
                table = new RopeTable(Divide(plain, factors ?? scaling.ShortFactors), attention);
                longTable = new RopeTable(Divide(plain, longFactors ?? scaling.LongFactors), attention);
                break;
            case RopeScalingKind.Factors:
                table = new RopeTable(Divide(plain, factors), attention);
                break;
            default:
                table = new RopeTable(plain, attention);
                break;
        }
    }

    /// <summary>Pairs of elements that turn.</summary>
    public int Pairs { get; }

    /// <summary>Makes the angles for a slice's positions, before threads ask for them.</summary>
    public void Prepare(BatchSlice slice) => Choose(slice).Get(slice.Past + slice.Count);

    /// <summary>The angles of a slice: for each position cosines [pairs], then sines [pairs].</summary>
    public float* Table(BatchSlice slice) => Choose(slice).Get(slice.Past + slice.Count);

    public void Dispose()
    {
        table.Dispose();
        longTable?.Dispose();
        foreach (RopeTable t in dynamicTables.Values.Concat(retired)) t.Dispose();
    }

    private static double AttentionFactor(RopeScalingSpec? s)
    {
        if (s?.AttentionFactor is { } given) return given;
        return s?.Kind switch
        {
            RopeScalingKind.Yarn => s.Factor <= 1 ? 1 : 0.1 * Math.Log(s.Factor) + 1,
            RopeScalingKind.LongRope => s.Factor <= 1 || s.OriginalContext < 2 ? 1 : Math.Sqrt(1 + Math.Log(s.Factor) / Math.Log(s.OriginalContext)),
            _ => 1,
        };
    }

    /// <summary>What Llama 3's scaling divides each frequency by.</summary>
    internal static double[] Llama3Divisors(RopeSpec spec, int size) => [.. Enumerable.Range(0, size / 2).Select(i =>
    {
        double plain = Math.Pow(spec.Theta, -2.0 * i / size);
        return plain / Llama3(plain, spec.Scaling!);
    })];

    private static double Llama3(double frequency, RopeScalingSpec s)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > s.OriginalContext / s.LowFrequencyFactor) return frequency / s.Factor;
        if (wavelength < s.OriginalContext / s.HighFrequencyFactor) return frequency;
        double smooth = (s.OriginalContext / wavelength - s.LowFrequencyFactor) / (s.HighFrequencyFactor - s.LowFrequencyFactor);
        return (1 - smooth) * frequency / s.Factor + smooth * frequency;
    }

    private static double[] Divide(double[] frequencies, IReadOnlyList<double>? divisors)
    {
        if (divisors is null || divisors.Count < frequencies.Length)
            throw new ModelSpecException($"rope needs {frequencies.Length} frequency factors; {divisors?.Count ?? 0} are given");
        return [.. frequencies.Select((f, i) => f / divisors[i])];
    }

    private double[] Plain(double theta) => [.. Enumerable.Range(0, Pairs).Select(i => Math.Pow(theta, -2.0 * i / size))];

    private double[] Yarn(RopeScalingSpec s)
    {
        double Dimension(double turns) => size * Math.Log(s.OriginalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(spec.Theta));
        double low = Dimension(s.BetaFast), high = Dimension(s.BetaSlow);
        if (s.Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        if (low == high) high += 0.001;
        return [.. Plain(spec.Theta).Select((f, i) =>
        {
            double interpolate = Math.Clamp((i - low) / (high - low), 0, 1);
            return f / s.Factor * interpolate + f * (1 - interpolate);
        })];
    }

    private RopeTable Choose(BatchSlice slice)
    {
        RopeScalingSpec? s = spec.Scaling;
        if (s?.Kind == RopeScalingKind.LongRope) return slice.Total > s.OriginalContext ? longTable! : table;
        if (s?.Kind != RopeScalingKind.Dynamic || slice.Total <= s.OriginalContext) return table;
        lock (dynamicTables)
        {
            if (dynamicTables.TryGetValue(slice.Total, out RopeTable? made)) return made;
            if (dynamicTables.Count >= KeptDynamicTables)
            {
                // Others may still read them in this very step, so they go one generation later.
                foreach (RopeTable old in retired) old.Dispose();
                retired.Clear();
                retired.AddRange(dynamicTables.Values);
                dynamicTables.Clear();
            }

            double stretch = s.Factor * slice.Total / s.OriginalContext - (s.Factor - 1);
            made = new RopeTable(Plain(spec.Theta * Math.Pow(stretch, size / (size - 2.0))), 1);
            return dynamicTables[slice.Total] = made;
        }
    }
}

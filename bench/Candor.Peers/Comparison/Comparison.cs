namespace Candor.Peers.Comparison;

/// <summary>What two engines measured on one file, in turn.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Turns">Every run of both.</param>
internal sealed record FileComparison(string File, Turns Turns)
{
    /// <summary>What is compared: the key in the programs' reports, a label, and its unit.</summary>
    public static IReadOnlyList<(string Key, string Label, double Unit)> Measures { get; } =
    [
        ("prefill_tokens_per_second", "prefill, tokens/s", 1),
        ("decode_tokens_per_second", "decode, tokens/s", 1),
        ("peak_resident_bytes", "peak resident, MB", 1e6),
    ];

    /// <summary>The limits of the machine that the first engine measures.</summary>
    public static IReadOnlyList<(string Key, string Label, double Unit)> Limits { get; } =
    [
        ("read_bytes_per_second", "memory read, GB/s", 1e9),
        ("int8_macs_per_second", "int8, GMAC/s", 1e9),
        ("fp32_flops_per_second", "fp32, GFLOP/s", 1e9),
        ("bf16_flops_per_second", "bf16, GFLOP/s", 1e9),
    ];

    /// <summary>Shares of limits that the first engine reports, and the speed that each belongs to.</summary>
    public static IReadOnlyList<(string Key, string Of, string Label)> Shares { get; } =
    [
        ("prefill_share_of_int8_limit", "prefill_tokens_per_second", "prefill, share of the int8 limit"),
        ("decode_share_of_read_limit", "decode_tokens_per_second", "decode, share of the read limit"),
    ];

    public string First => Turns.Names[0];

    public string Second => Turns.Names[1];

    public Rates Values(string engine, string key) => new(Turns.Values(engine, key));

    /// <summary>The first engine's median over the second's.</summary>
    public double Ratio(string key) => Values(First, key).Median / Values(Second, key).Median;

    /// <summary>The first engine's value over the second's in each round, or null where one of them has none.</summary>
    public Rates? Ratios(string key)
    {
        IReadOnlyList<double> a = Turns.Values(First, key), b = Turns.Values(Second, key);
        return a.Count > 0 && a.Count == b.Count ? new Rates([.. a.Zip(b, (x, y) => x / y)]) : null;
    }

    /// <summary>The share of a limit that an engine reaches: the first one's as it reports it, the other's in the proportion of their speeds.</summary>
    public double? Share(string engine, string key, string of)
    {
        Rates share = Values(First, key), speed = Values(First, of), its = Values(engine, of);
        return share.Values.Count > 0 && its.Values.Count > 0 ? share.Median / speed.Median * its.Median : null;
    }
}

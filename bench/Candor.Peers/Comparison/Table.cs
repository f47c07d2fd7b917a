using System.Globalization;

namespace Candor.Peers.Comparison;

/// <summary>Prints a comparison as a Markdown table: median (least - greatest) of each engine, and the ratio.</summary>
internal static class Table
{
    private static readonly (string Key, string Label, double Unit)[] Rows =
    [
        ("prefill_tokens_per_second", "prefill, tokens/s", 1),
        ("decode_tokens_per_second", "decode, tokens/s", 1),
        ("peak_resident_bytes", "peak resident, MB", 1e6),
    ];

    private static readonly (string Key, string Label, double Unit)[] Limits =
    [
        ("read_bytes_per_second", "memory read, GB/s", 1e9),
        ("int8_macs_per_second", "int8, GMAC/s", 1e9),
        ("fp32_flops_per_second", "fp32, GFLOP/s", 1e9),
    ];

    public static void Print(Turns turns, TextWriter writer)
    {
        string first = turns.Names[0], second = turns.Names[1];
        writer.WriteLine($"| | {first} | {second} | {first} / {second} |");
        writer.WriteLine("|---|---:|---:|---:|");
        foreach ((string key, string label, double unit) in Rows)
        {
            Rates a = new(turns.Values(first, key)), b = new(turns.Values(second, key));
            string ratio = a.Values.Count > 0 && b.Values.Count > 0 ? Text(a.Median / b.Median, "0.00") : "";
            writer.WriteLine($"| {label} | {Cell(a, unit)} | {Cell(b, unit)} | {ratio} |");
        }

        foreach ((string key, string label, double unit) in Limits)
        {
            Rates measured = new(turns.Values(first, key));
            if (measured.Values.Count > 0) writer.WriteLine($"| limit: {label} | {Cell(measured, unit)} | | |");
        }
    }

    private static string Cell(Rates rates, double unit) =>
        rates.Values.Count == 0
            ? ""
            : $"{Text(rates.Median / unit, "0.0")} ({Text(rates.Least / unit, "0.0")} - {Text(rates.Greatest / unit, "0.0")})";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Candor.Peers.Comparison;

/// <summary>Prints a comparison as a Markdown table: median (least - greatest) of each engine, the ratio of the medians and its spread over the rounds.</summary>
internal static class Table
{
    public static void Print(FileComparison all, TextWriter writer)
    {
        (string first, string second) = (all.First, all.Second);
        writer.WriteLine($"| {all.File} | {first} | {second} | {first} / {second} |");
        writer.WriteLine("|---|---:|---:|---:|");
        foreach ((string key, string label, double unit) in FileComparison.Measures)
        {
            Rates a = all.Values(first, key), b = all.Values(second, key);
            string ratio = all.Ratios(key) is { } r ? $"{Text(all.Ratio(key), "0.00")} ({Text(r.Least, "0.00")} - {Text(r.Greatest, "0.00")})" : "";
            if (a.Values.Count + b.Values.Count > 0) writer.WriteLine($"| {label} | {Cell(a, unit)} | {Cell(b, unit)} | {ratio} |");
        }

        foreach ((string key, string of, string label) in FileComparison.Shares)
            if (all.Share(first, key, of) is { } share) writer.WriteLine($"| {label} | {Text(share, "P0")} | {(all.Share(second, key, of) is { } other ? Text(other, "P0") : "")} | |");
        foreach ((string key, string label, double unit) in FileComparison.Limits)
        {
            Rates measured = all.Values(first, key);
            if (measured.Values.Count > 0) writer.WriteLine($"| limit: {label} | {Cell(measured, unit)} | | |");
        }
    }

    private static string Cell(Rates rates, double unit) =>
        rates.Values.Count == 0
            ? ""
            : $"{Text(rates.Median / unit, "0.0")} ({Text(rates.Least / unit, "0.0")} - {Text(rates.Greatest / unit, "0.0")})";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

using System.Collections.Concurrent;
using System.Reflection;

namespace Candor.Testing;

/// <summary>
/// The record of which golden checks passed: one row for each (area, case, check), written when the test process ends to
/// <c>artifacts/goldens/ASSEMBLY.tsv</c>. The README's table is made from these files.
/// </summary>
public static class GoldenTable
{
    private static readonly ConcurrentDictionary<(string Area, string Case, string Check), int> Rows = [];

    static GoldenTable() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Write();

    /// <summary>Notes that a check passed. Call it at the end of the test, after the assertions.</summary>
    /// <param name="area">The golden folder: arch, quants, quantized, tokenizers, templates, real.</param>
    /// <param name="name">The family, type, tokenizer or template.</param>
    /// <param name="check">What was compared: logits, hidden, greedy, batch, ids, decode, stream, …</param>
    /// <param name="count">How many single comparisons stand behind it.</param>
    public static void Passed(string area, string name, string check, int count = 1) =>
        Rows.AddOrUpdate((area, name, check), count, (_, old) => Math.Max(old, count));

    private static void Write()
    {
        if (Rows.IsEmpty) return;
        string folder = Path.Combine(Shared.Root, "artifacts", "goldens");
        Directory.CreateDirectory(folder);
        string name = Assembly.GetEntryAssembly()?.GetName().Name ?? "tests";
        File.WriteAllLines(
            Path.Combine(folder, name + ".tsv"),
            Rows.Select(r => $"{r.Key.Area}\t{r.Key.Case}\t{r.Key.Check}\t{r.Value}").Order(StringComparer.Ordinal));
    }
}

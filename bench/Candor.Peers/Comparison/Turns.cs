using System.Globalization;

namespace Candor.Peers.Comparison;

/// <summary>
/// Runs engines in turn, each a process of its own, so that what changes with time (heat, neighbours on a shared
/// machine) falls on all of them alike; collects the numbers of every run.
/// </summary>
internal sealed class Turns(IReadOnlyList<Engine> engines)
{
    private readonly Dictionary<string, List<IReadOnlyDictionary<string, double>>> runs =
        engines.ToDictionary(engine => engine.Name, _ => new List<IReadOnlyDictionary<string, double>>());

    /// <summary>Names of the engines, in order.</summary>
    public IReadOnlyList<string> Names => [.. engines.Select(engine => engine.Name)];

    /// <summary>Runs every engine once.</summary>
    public void Run(int round, TextWriter progress)
    {
        foreach (Engine engine in engines)
        {
            IReadOnlyDictionary<string, double> numbers = engine.Run();
            runs[engine.Name].Add(numbers);
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round + 1}  {engine.Name,-10}  prefill {Value(numbers, "prefill"),8:0.0}  decode {Value(numbers, "decode"),8:0.0} tokens/s"));
        }
    }

    /// <summary>All values of one key of one engine, in the order of the runs; empty where it does not report the key.</summary>
    public IReadOnlyList<double> Values(string engine, string key) =>
        [.. runs[engine].Where(numbers => numbers.ContainsKey(key)).Select(numbers => numbers[key])];

    private static double Value(IReadOnlyDictionary<string, double> numbers, string phase) =>
        numbers.GetValueOrDefault($"{phase}_tokens_per_second", double.NaN);
}

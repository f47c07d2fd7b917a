using System.Diagnostics;
using System.Text.Json;

namespace Candor.Peers.Comparison;

/// <summary>A program that measures itself and prints one JSON object of numbers.</summary>
/// <param name="Name">The engine's name in the table.</param>
/// <param name="Program">The program and, where it needs a host, the host before it.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Engine(string Name, IReadOnlyList<string> Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Runs the program once and returns the numbers that it printed, by key.</summary>
    /// <exception cref="ComparisonException">It failed, or printed something else.</exception>
    public IReadOnlyDictionary<string, double> Run()
    {
        var start = new ProcessStartInfo(Program[0], [.. Program.Skip(1), .. Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new ComparisonException($"{Name}: {Program[0]} does not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new ComparisonException($"{Name} ended with {process.ExitCode}: {errors.Result.Trim()}");
        return Numbers(output);
    }

    private Dictionary<string, double> Numbers(string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            return document.RootElement.EnumerateObject()
                .Where(property => property.Value.ValueKind == JsonValueKind.Number)
                .ToDictionary(property => property.Name, property => property.Value.GetDouble());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ComparisonException($"{Name} did not print one JSON object: {output.Trim()}");
        }
    }
}

/// <summary>An engine could not be measured.</summary>
internal sealed class ComparisonException(string message) : Exception(message);

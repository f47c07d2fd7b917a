using System.Text.Json;
using System.Text.Json.Serialization;
using Candor.Formats;

namespace Candor.Training;

/// <summary>Bits per byte of the texts that a run does not learn from.</summary>
/// <param name="Valid">Of the validation texts, or null where there are none.</param>
/// <param name="General">Of the general texts, or null.</param>
public sealed record Measures(double? Valid, double? General)
{
    private const string File = "before.json";

    /// <summary>What a run that was put down measured before its first step.</summary>
    internal static Measures? Read(string output) =>
        System.IO.File.Exists(Path.Combine(output, File)) ? JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(Path.Combine(output, File)), MeasuresContext.Default.Measures) : null;

    internal void Write(string output)
    {
        Directory.CreateDirectory(output);
        AtomicFile.Write(Path.Combine(output, File), s => s.Write(JsonSerializer.SerializeToUtf8Bytes(this, MeasuresContext.Default.Measures)));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Measures))]
internal sealed partial class MeasuresContext : JsonSerializerContext;

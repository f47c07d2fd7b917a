using System.Text.Json;

namespace Candor.Inference.Sampling.Tests;

/// <summary>The golden distributions: rows of logits, histories, and what each case's steps make of them.</summary>
internal sealed class GoldenSampling
{
    private static readonly Lazy<GoldenSampling> Loaded = new(() => new GoldenSampling());

    private readonly JsonElement _json;

    private GoldenSampling()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Shared.RequireOracle("real", "sampling.json")));
        _json = json.RootElement.Clone();
        Tensors = new TensorFile(Shared.RequireOracle("real", "sampling.safetensors"));
        Rows = _json.GetProperty("rows").GetArrayLength();
        Histories = Lists("histories");
        DryHistories = Lists("dry_histories");
    }

    public static GoldenSampling Instance
    {
        get
        {
            Shared.RequireOracle("real", "sampling.json");
            return Loaded.Value;
        }
    }

    public TensorFile Tensors { get; }

    public int Rows { get; }

    public int[][] Histories { get; }

    public int[][] DryHistories { get; }

    public static IEnumerable<string> Names()
    {
        string? path = Shared.Oracle is null ? null : Path.Combine(Shared.Oracle, "real", "sampling.json");
        if (!File.Exists(path)) return [];
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path!));
        return [.. json.RootElement.GetProperty("cases").EnumerateObject().Select(c => c.Name)];
    }

    public JsonElement Case(string name) => _json.GetProperty("cases").GetProperty(name);

    public static bool IsAmbiguous(JsonElement golden, int row) =>
        golden.TryGetProperty("ambiguous", out JsonElement rows) && rows.EnumerateArray().Any(r => r.GetInt32() == row);

    private int[][] Lists(string name) =>
        [.. _json.GetProperty(name).EnumerateArray().Select(h => h.EnumerateArray().Select(t => t.GetInt32()).ToArray())];
}

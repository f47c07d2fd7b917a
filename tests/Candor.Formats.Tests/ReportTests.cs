using System.Text.Json;
using Candor.Tensors;

namespace Candor.Formats.Tests;

/// <summary>
/// What people met with other tools, as far as it concerns files alone: models that must open do, listings show what
/// they must, and a refusal mentions what it must. What the models compute is tested where they are computed.
/// </summary>
public class ReportTests
{
    private static readonly string[] Kinds = ["gguf", "safetensors", "config"];

    public static TheoryData<string> Cases => Shared.Rows(Shared.Folder is null ? [] : Directory.GetDirectories(Path.Combine(Shared.Folder, "reports"))
        .Where(d => File.Exists(Path.Combine(d, "case.json")) && Kinds.Contains(Read(d).GetProperty("kind").GetString()))
        .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void FilesOpenAsReported(string name)
    {
        string folder = Shared.Require("reports", name);
        JsonElement report = Read(folder);
        IEnumerable<JsonElement> steps = report.TryGetProperty("more", out JsonElement more) ? [report, .. more.EnumerateArray()] : [report];
        foreach (JsonElement step in steps)
        {
            string[] words = step.GetProperty("command").GetString()!.Split(' ');
            if (words[0] != "candor") continue;
            JsonElement expect = step.GetProperty("expect");
            JsonElement[] accept = expect.TryGetProperty("accept", out JsonElement several) ? [.. several.EnumerateArray()] : [expect];
            TensorStore? store = Open(Path.Combine(folder, words[2]), out ModelFormatException? fault);
            using (store) Assert.Contains(accept, e => Fits(e, words[1], store, fault));
        }

        GoldenTable.Passed("reports", name, "files");
    }

    private static bool Fits(JsonElement expect, string verb, TensorStore? store, ModelFormatException? fault)
    {
        if (expect.GetProperty("exit").GetString() == "error")
        {
            // A folder or file that opens may still lack what its architecture needs; only a listing says all there is to say here.
            if (store is not null) return verb != "inspect";
            return !expect.TryGetProperty("stderr_mentions", out JsonElement mentions)
                || mentions.EnumerateArray().All(m => fault!.Message.Contains(m.GetString()!, StringComparison.OrdinalIgnoreCase));
        }

        if (store is null) return false;
        if (expect.TryGetProperty("tensors", out JsonElement tensors))
            foreach (JsonProperty t in tensors.EnumerateObject())
                if (!store.Tensors.TryGetValue(t.Name, out StoredTensor? tensor)
                    || tensor.Type.Name() != t.Value.GetProperty("type").GetString()
                    || !tensor.Shape.SequenceEqual(t.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()))) return false;
        if (expect.TryGetProperty("metadata", out JsonElement metadata) && store is SafetensorsStore safetensors)
            foreach (JsonProperty m in metadata.EnumerateObject())
                if (!safetensors.Metadata.TryGetValue(m.Name, out string? value) || value != m.Value.GetString()) return false;
        return true;
    }

    private static TensorStore? Open(string path, out ModelFormatException? fault)
    {
        fault = null;
        try
        {
            if (Directory.Exists(path)) Assert.NotEmpty(ModelFolder.Open(path).Config.Keys);
            return TensorStore.Open(path);
        }
        catch (ModelFormatException e)
        {
            fault = e;
            return null;
        }
    }

    private static JsonElement Read(string folder) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json"))).RootElement;
}

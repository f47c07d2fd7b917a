using System.Text.Json;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Adapter folders as PEFT writes them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
public static class PeftFolder
{
    private const string Prefix = "base_model.model.";

    /// <summary>Reads an adapter; its matrices find their places when a model is built with it.</summary>
    /// <exception cref="TrainingException">A file is missing, or the adapter is of a kind that is not supported.</exception>
    public static AdapterSet Read(string path)
    {
        string file = Path.Combine(path, "adapter_config.json");
        if (!File.Exists(file)) throw new TrainingException($"{path}: has no adapter_config.json, so it is no adapter's folder");
        LoraOptions options;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            options = PeftConfig.Read(document.RootElement, file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new TrainingException($"{file}: {e.Message}", e);
        }

        var start = new Dictionary<string, float[]>(StringComparer.Ordinal);
        using var tensors = SafetensorsFile.Open(Path.Combine(path, "adapter_model.safetensors"));
        foreach (StoredTensor tensor in tensors.Tensors.Values)
        {
            string name = tensor.Name.StartsWith(Prefix, StringComparison.Ordinal) ? tensor.Name[Prefix.Length..] : tensor.Name;

            // A copy of what is adapted, which changes nothing.
            if (name.EndsWith(".base_layer.weight", StringComparison.Ordinal)) continue;
            if (name.EndsWith(".weight", StringComparison.Ordinal)) name = name[..^".weight".Length];
            start[name] = TensorReader.ToArray(tensor);
        }

        return new AdapterSet(options, start);
    }

    /// <summary>Writes the adapter of a model.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="model">A model with adapters.</param>
    /// <param name="baseModel">What they were trained on.</param>
    public static void Write(string path, TrainingModel model, string baseModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        AdapterSet adapters = model.Adapters ?? throw new ArgumentException("the model has no adapters", nameof(model));
        Directory.CreateDirectory(path);
        var tensors = new List<TensorSource>();
        foreach (LowRank a in adapters.All)
        {
            string end = a.IsEmbedding ? "" : ".weight";
            tensors.Add(Source(Prefix + a.A.Role + end, a.A.Values.ToArray(), a.A.Rows, a.A.Columns));
            tensors.Add(Source(Prefix + a.B.Role + end, a.B.Values.ToArray(), a.B.Rows, a.B.Columns));
            if (a.Magnitude is { } m) tensors.Add(Source(Prefix + m.Role, m.Values.ToArray(), m.Rows));
        }

        foreach (Scaling s in adapters.Scalings)
            tensors.Add(Source(Prefix + s.Factors.Role, s.Factors.Values.ToArray(), s.OfInputs ? [1, s.Factors.Rows] : [s.Factors.Rows, 1]));
        tensors.AddRange(Saved(model, adapters));
        SafetensorsWriter.Write(Path.Combine(path, "adapter_model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.Write(Path.Combine(path, "adapter_config.json"), s => s.Write(System.Text.Encoding.UTF8.GetBytes(PeftConfig.Write(adapters, baseModel).ToJsonString())));
    }

    /// <summary>Weights that trained whole, in the folder's order of rows; a table that is the output matrix too stands under both names.</summary>
    private static IEnumerable<TensorSource> Saved(TrainingModel model, AdapterSet adapters)
    {
        foreach (Parameter p in model.Parameters.All.Where(p => p.Trains))
        {
            ModuleSite site = adapters.Names.Site(p.Role, p.Layer, p.Rows)!;
            string name = Prefix + site.Module + (p.Role.EndsWith(".bias", StringComparison.Ordinal) ? ".bias" : ".weight");
            var values = new float[p.Count];
            float offset = adapters.Names.Offset(p.Role);
            if (site.ModuleRows != p.Rows) throw new TrainingException($"{site.Module}: a part of a fused module cannot be written whole beside an adapter");
            for (int r = 0; r < p.Rows; r++)
                for (int c = 0; c < p.Columns; c++) values[(site.At(r) * p.Columns) + c] = p.Values[(r * p.Columns) + c] - offset;
            yield return Source(name, values, p is { IsVector: true, Columns: 1 } ? [p.Rows] : [p.Rows, p.Columns]);
            if (p.Role == "embedding" && adapters.Tied) yield return Source(Prefix + "lm_head.weight", values, p.Rows, p.Columns);
        }
    }

    private static TensorSource Source(string name, float[] values, params long[] shape) => TensorSource.From(name, [.. shape], values);
}

using Candor.Formats;
using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// Adapters as GGUF files (<c>general.type</c> adapter, <c>adapter.type</c> lora): tensors <c>NAME.lora_a</c> [rank, inputs] and <c>NAME.lora_b</c>
/// [outputs, rank] beside the names and in the order of rows of the model's own GGUF file. The format knows one alpha, and programs scale by alpha
/// over each tensor's rank; what is not of that form is multiplied into lora_b.
/// </summary>
public static class GgufAdapter
{
    private const string A = ".lora_a", B = ".lora_b";

    /// <summary>Whether the format can say what the adapters do: low-rank ones of matrices, without magnitudes and whole modules.</summary>
    public static bool CanHold(AdapterSet adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        return adapters.All.Count > 0 && adapters.Scalings.Count == 0 && adapters.Options.ModulesToSave.Count == 0 && adapters.All.All(a => a is { Magnitude: null, IsEmbedding: false, Experts: 0 });
    }

    /// <summary>Reads an adapter. It finds its places by GGUF names: give <see cref="ModuleNames"/>' GGUF naming to the model.</summary>
    /// <exception cref="TrainingException">The file is no LoRA adapter.</exception>
    internal static AdapterSet Read(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        if (file.Metadata.GetString("general.type", "") != "adapter" || file.Metadata.GetString("adapter.type", "") != "lora")
            throw new TrainingException($"{path}: is no LoRA adapter: general.type is '{file.Metadata.GetString("general.type", "")}'");
        double alpha = file.Metadata.TryGetFloat("adapter.lora.alpha", out float given) ? given : throw new TrainingException($"{path}: adapter.lora.alpha is missing");
        var start = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (StoredTensor tensor in file.Tensors.Values)
        {
            bool first = tensor.Name.EndsWith(A, StringComparison.Ordinal);
            if (!first && !tensor.Name.EndsWith(B, StringComparison.Ordinal)) throw new TrainingException($"{path}: {tensor.Name} is no part of a LoRA adapter");
            string module = tensor.Name[..^A.Length];
            if (module.EndsWith(".weight", StringComparison.Ordinal)) module = module[..^".weight".Length];
            start[module + (first ? ".lora_A" : ".lora_B")] = TensorReader.ToArray(tensor);
            if (first) ranks[module] = (int)tensor.Shape[0];
        }

        // Names are exact, so each is its own pattern.
        Dictionary<string, int> patterns = ranks.ToDictionary(r => System.Text.RegularExpressions.Regex.Escape(r.Key), r => r.Value);
        return new AdapterSet(new LoraOptions { Rank = 1, Alpha = alpha, Targets = [.. ranks.Keys], RankPattern = patterns }, start) { IsGguf = true };
    }

    /// <summary>Writes the adapters of a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">A model with adapters that <see cref="CanHold"/> accepts.</param>
    /// <param name="naming">The architecture as its GGUF file has it.</param>
    /// <param name="baseModel">What they were trained on.</param>
    public static void Write(string path, TrainingModel model, ModelSpec naming, string baseModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(naming);
        AdapterSet adapters = model.Adapters is { } set && CanHold(set) ? set : throw new ArgumentException("the model has no adapters that a GGUF file can hold", nameof(model));
        var names = new ModuleNames(model.Spec, naming);
        double alpha = adapters.All[0].Scale * adapters.All[0].Rank;
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = GgufValue.Of(naming.Architecture), ["general.type"] = GgufValue.Of("adapter"), ["general.name"] = GgufValue.Of(Path.GetFileNameWithoutExtension(path)),
            ["general.base_model.count"] = GgufValue.Of(1u), ["general.base_model.0.name"] = GgufValue.Of(Path.GetFileName(baseModel)), ["adapter.type"] = GgufValue.Of("lora"), ["adapter.lora.alpha"] = GgufValue.Of((float)alpha),
        };
        var tensors = new List<TensorSource>();
        foreach (IGrouping<string, ((string Role, int Layer) Place, LowRankSite Site, ModuleSite Module)> module in adapters.Places
            .Select(p => (p.Place, p.Site, Module: names.Site(p.Place.Role, p.Place.Layer, p.Site.Target.Rows)!)).GroupBy(p => p.Module.Module))
        {
            LowRank first = module.First().Site.Adapter;
            int rank = first.Rank, rows = module.First().Module.ModuleRows;
            float factor = (float)(first.Scale / (alpha / rank));
            var b = new float[rows * rank];
            foreach ((_, LowRankSite site, ModuleSite place) in module)
                for (int r = 0; r < site.Target.Rows; r++)
                    for (int i = 0; i < rank; i++) b[(place.At(r) * rank) + i] = site.Adapter.B.Values[(site.At(r) * rank) + i] * factor;
            tensors.Add(TensorSource.From($"{module.Key}.weight{A}", [rank, first.A.Columns], first.A.Values.ToArray()));
            tensors.Add(TensorSource.From($"{module.Key}.weight{B}", [rows, rank], b));
        }

        GgufWriter.Write(path, metadata, tensors);
    }
}

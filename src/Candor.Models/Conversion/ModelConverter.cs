using System.Collections.Immutable;
using System.Text.Json;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>
/// Converts models between Hugging Face folders and GGUF. The two tensor maps of a family say what must become of each
/// weight, and the result is read back as a spec before anything is written: what the other format cannot say is refused.
/// </summary>
public static class ModelConverter
{
    /// <summary>The key under which a GGUF file keeps the config.json that it was made from, so that the way back is exact.</summary>
    public const string ConfigKey = "candor.config_json";

    private const long FolderShardBytes = 5_000_000_000;

    /// <summary>Writes a model as GGUF.</summary>
    /// <param name="source">The model, from a Hugging Face folder.</param>
    /// <param name="path">The file; with <see cref="ConversionOptions.ShardBytes"/>, the name that parts are named after.</param>
    /// <param name="options">Type, name and so on.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <exception cref="ModelFormatException">GGUF cannot say what this model computes, or a tensor would be lost.</exception>
    public static ConversionReport ToGguf(ModelSource source, string path, ConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new ConversionOptions();
        ModelSpec spec = source.Spec;
        string architecture = GgufPlan.Architecture(spec) ?? throw Refuse(source, $"GGUF has no architecture for '{spec.Architecture}'");
        var weights = new ModelWeights(spec, source.Store);
        WeightLayout.RequireAll(spec, weights);
        GgufMetadata metadata = Hyperparameters(spec, architecture);
        metadata["general.name"] = GgufValue.Of(options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path))));
        ModelSpec target = FamilyRegistry.FromGguf(new GgufView(path, metadata, GgufPlan.Shapes(spec, weights, architecture)));
        if (SpecComparison.Difference(spec, target) is { } difference)
            throw Refuse(source, $"GGUF files of the architecture '{architecture}' cannot say this: {difference}");

        var assembler = new TensorAssembler(spec, weights, target);
        var tensors = new List<TensorSource>();
        ElementType? common = null;
        foreach (TargetTensor tensor in WeightLayout.Of(spec, weights, target))
        {
            ImmutableArray<long> shape = assembler.Shape(tensor);
            ElementType type = GgufPlan.Type(tensor, shape, options.Type ?? assembler.NaturalType(tensor));
            if (tensor.Slices[0][0].Role == "embedding") common = type;
            tensors.Add(new TensorSource(tensor.Name, type, GgufPlan.Shape(tensor, shape, spec), stream => assembler.Write(tensor, type, stream)));
        }

        tensors.AddRange(GgufPlan.RopeTables(spec));
        metadata["general.file_type"] = GgufValue.Of((uint)GgufHyperparameters.FileType(options.Type ?? common ?? ElementType.F32));
        metadata["general.quantization_version"] = GgufValue.Of(2u);
        if (source.Folder is { HasConfig: true } folder) metadata[ConfigKey] = GgufValue.Of(folder.Config.Element.GetRawText());
        if (options.Metadata is { } more) foreach ((string key, GgufValue value) in more) metadata[key] = value;
        if (!metadata.ContainsKey("tokenizer.ggml.model")) metadata["tokenizer.ggml.model"] = GgufValue.Of("none");
        List<TensorSource> watched = Watch(tensors, options.Progress);
        if (options.ShardBytes is { } limit)
            return Report(GgufWriter.WriteSplit(path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? path[..^5] : path, metadata, watched, limit, cancellation), architecture, tensors);
        GgufWriter.Write(path, metadata, watched, cancellation);
        return Report([path], architecture, tensors);
    }

    /// <summary>Writes a model as a Hugging Face folder: <c>config.json</c> and safetensors.</summary>
    /// <param name="source">The model, from a GGUF file.</param>
    /// <param name="path">The folder; made where it is missing.</param>
    /// <param name="options">Type, shards and so on.</param>
    /// <param name="cancellation">Stops between tensors; no half-written file is left behind.</param>
    /// <exception cref="ModelFormatException">There is no config.json for what this model computes, or a tensor would be lost.</exception>
    public static ConversionReport ToFolder(ModelSource source, string path, ConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new ConversionOptions();
        if (options.Type is { } quantized && quantized.IsQuantized()) throw new ArgumentException($"a Hugging Face folder cannot hold {quantized}; f32, f16 and bf16 are possible", nameof(options));
        ModelSpec spec = source.Spec;
        var weights = new ModelWeights(spec, source.Store);
        WeightLayout.RequireAll(spec, weights);
        ConfigJson config = FolderConfig.Of(source, weights);
        ModelSpec target = FamilyRegistry.FromConfig(config, source.Store);
        if (SpecComparison.Difference(spec, target) is { } difference) throw Refuse(source, $"config.json of '{target.Architecture}' does not say the same: {difference}");

        ElementType? original = FolderConfig.StoredType(config);
        var assembler = new TensorAssembler(spec, weights, target);
        var tensors = new List<TensorSource>();
        foreach (TargetTensor tensor in WeightLayout.Of(spec, weights, target))
        {
            ElementType type = options.Type ?? original ?? assembler.NaturalType(tensor);
            tensors.Add(new TensorSource(tensor.Name, type, FolderConfig.Shape(tensor, assembler.Shape(tensor)), stream => assembler.Write(tensor, type, stream)));
        }

        Directory.CreateDirectory(path);
        IReadOnlyList<string> files = SafetensorsWriter.WriteModel(
            path, Watch(tensors, options.Progress), options.ShardBytes ?? FolderShardBytes, new Dictionary<string, string> { ["format"] = "pt" }, cancellation);
        AtomicFile.Write(Path.Combine(path, "config.json"), stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(config.Element, ConfigContext.Default.JsonElement)));
        return Report([.. files], target.Architecture, tensors);
    }

    /// <summary>The architecture of a folder's model as its GGUF file would have it, or null where GGUF has no name for it.</summary>
    internal static ModelSpec? GgufSpec(ModelSource source)
    {
        if (GgufPlan.Architecture(source.Spec) is not { } architecture) return null;
        var weights = new ModelWeights(source.Spec, source.Store);
        return FamilyRegistry.FromGguf(new GgufView(source.Path, Hyperparameters(source.Spec, architecture), GgufPlan.Shapes(source.Spec, weights, architecture)));
    }

    private static GgufMetadata Hyperparameters(ModelSpec spec, string architecture)
    {
        var metadata = new GgufMetadata { ["general.architecture"] = GgufValue.Of(architecture), ["general.type"] = GgufValue.Of("model") };
        GgufHyperparameters.Add(spec, architecture, metadata);
        return metadata;
    }

    private static ModelFormatException Refuse(ModelSource source, string problem) => new(source.Path, "", problem);

    private static List<TensorSource> Watch(List<TensorSource> tensors, IProgress<double>? progress)
    {
        if (progress is null) return tensors;
        long total = Math.Max(1, tensors.Sum(t => t.ByteLength)), done = 0;
        return [.. tensors.Select(t => t.Then(() => progress.Report((double)(done += t.ByteLength) / total)))];
    }

    private static ConversionReport Report(IReadOnlyList<string> files, string architecture, List<TensorSource> tensors) => new(
        files, architecture, tensors.Count, tensors.Sum(t => t.ByteLength), tensors.GroupBy(t => t.Type).ToDictionary(g => g.Key, g => g.Count()));
}

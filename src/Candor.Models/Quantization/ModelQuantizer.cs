using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>Quantizes GGUF models: the same file with its matrices in other types.</summary>
public static class ModelQuantizer
{
    /// <summary>Writes a quantized copy.</summary>
    /// <param name="file">The model.</param>
    /// <param name="path">The new file; it appears whole or not at all.</param>
    /// <param name="mixture">The types.</param>
    /// <param name="options">Importance and so on.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <exception cref="QuantizationPlanException">
    /// The mixture needs an importance matrix, or more than the one given holds; or a rule of <see cref="QuantizationOptions.TensorTypes"/> suits no matrix,
    /// or one whose rows are no whole blocks.
    /// </exception>
    /// <exception cref="ModelFormatException">A weight is not finite, or beyond what its type can hold; or the importance matrix is of another model.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static QuantizationReport Quantize(GgufFile file, string path, QuantizationMixture mixture, QuantizationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(mixture);
        options ??= new QuantizationOptions();
        if (mixture.NeedsImportance && options.Importance is null)
            throw new QuantizationPlanException($"{mixture} needs an importance matrix (imatrix): with so few bits a model without one is hardly usable");
        var rules = new MixtureRules(mixture, file, options.Importance is not null);
        StoredTensor[] order = [.. file.Tensors.Values];
        if (options.TensorTypes.FirstOrDefault(r => !order.Any(t => MixtureRules.Quantizes(t) && r.Suits(t.Name))) is { } idle)
            throw new QuantizationPlanException($"{idle}: no matrix of the model has such a name");
        PlannedTensor[] plan = [.. order.Select(t => Plan(t, rules, mixture, options))];
        using var pool = new WorkerPool(options.Threads);
        using var writer = new RowQuantizer(pool);
        long total = Math.Max(1, order.Sum(t => t.ElementCount)), done = 0;
        TensorSource[] sources =
        [
            .. plan.Select(p => (p.Changes ? new TensorSource(p.Tensor.Name, p.Type, p.Tensor.Shape, stream => writer.Write(p, stream, cancellation)) : TensorSource.From(p.Tensor))
                .Then(() => options.Progress?.Report((double)(done += p.Tensor.ElementCount) / total))),
        ];
        GgufWriter.Write(path, Metadata(file, mixture, options), sources, cancellation);
        return new QuantizationReport(
            order.Sum(t => t.ByteLength), sources.Sum(s => s.ByteLength), order.Sum(t => t.ElementCount), sources.GroupBy(s => s.Type).OrderByDescending(g => g.Sum(s => s.ByteLength)).ToDictionary(g => g.Key, g => g.Count()),
            plan.Count(p => p.FellBack), plan.Count(p => p.Changes && p.Tensor.Type.IsQuantized()), writer.RelativeError);
    }

    private static PlannedTensor Plan(StoredTensor tensor, MixtureRules rules, QuantizationMixture mixture, QuantizationOptions options)
    {
        if (!MixtureRules.Quantizes(tensor)) return new PlannedTensor(tensor, tensor.Type, null, false);
        TensorTypeRule? rule = options.TensorTypes.FirstOrDefault(r => r.Suits(tensor.Name));
        if (rule is not null && tensor.Shape[^1] % rule.Type.BlockElements() != 0)
            throw new QuantizationPlanException($"{tensor.Name}: its rows of {tensor.Shape[^1]} are no whole blocks of {rule.Type.Name()}, which are of {rule.Type.BlockElements()}");
        ElementType type = rule?.Type ?? (options.Pure && tensor.Shape[^1] % mixture.Type.BlockElements() == 0 ? mixture.Type : rules.TypeOf(tensor));
        bool fell = rule is null && mixture.Type.BlockElements() > 32 && tensor.Shape[^1] % mixture.Type.BlockElements() != 0;
        int experts = checked((int)tensor.Shape[..^2].Aggregate(1L, (a, b) => a * b)), columns = checked((int)tensor.Shape[^1]);
        float[]? importance = options.Importance?.Of(tensor.Name, experts, columns);

        // Embeddings are looked up, not multiplied: nothing measures their inputs.
        if (importance is null && QuantizationMixture.TypeNeedsImportance(type) && (rule is not null || type == mixture.Type) && tensor.Name != "token_embd.weight")
            throw new QuantizationPlanException($"{tensor.Name}: {type} needs importance, and the importance matrix (imatrix) has none for this tensor");
        return new PlannedTensor(tensor, type, Quantizer.UsesImportance(type) ? importance : null, fell);
    }

    private static GgufMetadata Metadata(GgufFile file, QuantizationMixture mixture, QuantizationOptions options)
    {
        var metadata = new GgufMetadata();
        foreach ((string key, GgufValue value) in file.Metadata) metadata[key] = value;
        metadata["general.quantization_version"] = GgufValue.Of(2u);
        metadata["general.file_type"] = GgufValue.Of((uint)mixture.FileType);
        if (options.Importance is not { } importance) return metadata;
        if (options.ImportanceName is { } name) metadata["quantize.imatrix.file"] = GgufValue.Of(name);
        if (importance.Datasets.Count > 0) metadata["quantize.imatrix.dataset"] = GgufValue.Of(importance.Datasets[0]);
        metadata["quantize.imatrix.entries_count"] = GgufValue.Of((uint)importance.Entries.Count);
        if (importance.Chunks > 0) metadata["quantize.imatrix.chunks_count"] = GgufValue.Of((uint)importance.Chunks);
        return metadata;
    }
}

/// <summary>A tensor and what becomes of it.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Type">Its type in the new file.</param>
/// <param name="Importance"><c>[experts, columns]</c>, or null.</param>
/// <param name="FellBack">Whether its rows are no whole blocks of the main type.</param>
internal sealed record PlannedTensor(StoredTensor Tensor, ElementType Type, float[]? Importance, bool FellBack)
{
    /// <summary>Whether it is written anew.</summary>
    public bool Changes => Type != Tensor.Type;
}

/// <summary>A file cannot be quantized as asked.</summary>
public sealed class QuantizationPlanException : Exception
{
    /// <summary>Says why.</summary>
    public QuantizationPlanException(string message)
        : base(message)
    {
    }
}

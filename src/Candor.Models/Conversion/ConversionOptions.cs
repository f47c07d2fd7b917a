using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>The type of the matrices: F32, F16, BF16 or (in GGUF) Q8_0. Null keeps what is stored; quantized weights become F32 in a folder.</summary>
    public ElementType? Type { get; init; }

    /// <summary>Bytes from which a new file is begun. Default: 5 GB for a folder, no limit for GGUF.</summary>
    public long? ShardBytes { get; init; }

    /// <summary>A name for <c>general.name</c>; the folder's where null.</summary>
    public string? Name { get; init; }

    /// <summary>Further GGUF metadata: tokenizer, template and so on, which this room knows nothing of.</summary>
    public GgufMetadata? Metadata { get; init; }

    /// <summary>Told how much is written, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Files">The weight files' paths.</param>
/// <param name="Architecture">The architecture's name in the target.</param>
/// <param name="Tensors">How many tensors.</param>
/// <param name="Bytes">Bytes of all tensors.</param>
/// <param name="Types">How many tensors of each type.</param>
public sealed record ConversionReport(
    IReadOnlyList<string> Files, string Architecture, int Tensors, long Bytes, IReadOnlyDictionary<ElementType, int> Types);

using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>How a file is quantized.</summary>
public sealed record QuantizationOptions
{
    /// <summary>What inputs the matrices met; null where all count alike.</summary>
    public ImportanceMatrix? Importance { get; init; }

    /// <summary>What the importance matrix is called in the metadata.</summary>
    public string? ImportanceName { get; init; }

    /// <summary>Gives every matrix the mixture's main type.</summary>
    public bool Pure { get; init; }

    /// <summary>Types for some matrices, before what the mixture has for them; the first that suits a tensor counts. Default none.</summary>
    public IReadOnlyList<TensorTypeRule> TensorTypes { get; init; } = [];

    /// <summary>Threads; 0 for all processors.</summary>
    public int Threads { get; init; }

    /// <summary>Told how much is done, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="SourceBytes">Bytes of the tensors before.</param>
/// <param name="Bytes">Bytes of the tensors now.</param>
/// <param name="Elements">Weights.</param>
/// <param name="Types">How many tensors of each type.</param>
/// <param name="FellBack">Tensors whose rows are no whole blocks of the type that the mixture has for them.</param>
/// <param name="Requantized">Tensors that were quantized before: their errors add up.</param>
/// <param name="RelativeError">Root mean square error of the quantized weights, as a share of their root mean square.</param>
public sealed record QuantizationReport(
    long SourceBytes, long Bytes, long Elements, IReadOnlyDictionary<ElementType, int> Types, int FellBack, int Requantized, double RelativeError)
{
    /// <summary>Bits a weight.</summary>
    public double BitsPerWeight => Elements == 0 ? 0 : 8.0 * Bytes / Elements;
}

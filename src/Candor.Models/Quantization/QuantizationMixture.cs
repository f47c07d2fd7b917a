using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>
/// What a quantized file is called by: a main type, and rules that give some tensors another. The names, rules and numbers are
/// llama.cpp's, so that a file of the same name has the same types.
/// </summary>
public sealed class QuantizationMixture
{
    private static readonly QuantizationMixture[] Known =
    [
        new("F32", 0, ElementType.F32), new("F16", 1, ElementType.F16), new("BF16", 32, ElementType.BF16),
        new("Q8_0", 7, ElementType.Q8_0), new("Q6_K", 18, ElementType.Q6_K),
        new("Q5_K_M", 17, ElementType.Q5_K), new("Q5_K_S", 16, ElementType.Q5_K), new("Q5_1", 9, ElementType.Q5_1), new("Q5_0", 8, ElementType.Q5_0),
        new("Q4_K_M", 15, ElementType.Q4_K), new("Q4_K_S", 14, ElementType.Q4_K), new("Q4_1", 3, ElementType.Q4_1), new("Q4_0", 2, ElementType.Q4_0),
        new("IQ4_NL", 25, ElementType.IQ4_NL), new("IQ4_XS", 30, ElementType.IQ4_XS), new("MXFP4_MOE", 38, ElementType.MXFP4), new("NVFP4", 39, ElementType.NVFP4),
        new("Q3_K_L", 13, ElementType.Q3_K), new("Q3_K_M", 12, ElementType.Q3_K), new("Q3_K_S", 11, ElementType.Q3_K),
        new("IQ3_M", 27, ElementType.IQ3_S), new("IQ3_S", 26, ElementType.IQ3_S), new("IQ3_XS", 22, ElementType.IQ3_S), new("IQ3_XXS", 23, ElementType.IQ3_XXS),
        new("Q2_K", 10, ElementType.Q2_K), new("Q2_K_S", 21, ElementType.Q2_K),
        new("IQ2_M", 29, ElementType.IQ2_S), new("IQ2_S", 28, ElementType.IQ2_XS), new("IQ2_XS", 20, ElementType.IQ2_XS), new("IQ2_XXS", 19, ElementType.IQ2_XXS),
        new("TQ2_0", 37, ElementType.TQ2_0), new("TQ1_0", 36, ElementType.TQ1_0), new("Q2_0", 41, ElementType.Q2_0),
        new("IQ1_M", 31, ElementType.IQ1_M), new("IQ1_S", 24, ElementType.IQ1_S), new("Q1_0", 40, ElementType.Q1_0),
    ];

    private QuantizationMixture(string name, int fileType, ElementType type) => (Name, FileType, Type) = (name, fileType, type);

    /// <summary>All mixtures, by falling size.</summary>
    public static IReadOnlyList<QuantizationMixture> All => Known;

    /// <summary>Its name, as in <c>Q4_K_M</c>.</summary>
    public string Name { get; }

    /// <summary>The number that <c>general.file_type</c> says it by.</summary>
    public int FileType { get; }

    /// <summary>The type of most matrices.</summary>
    public ElementType Type { get; }

    /// <summary>Whether an importance matrix is needed: below three bits a model without one is hardly usable.</summary>
    public bool NeedsImportance => TypeNeedsImportance(Type);

    /// <summary>The mixture of a name in any case; Q3_K, Q4_K and Q5_K mean the middle ones. Null where there is none.</summary>
    public static QuantizationMixture? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string full = name.ToUpperInvariant() switch { "Q3_K" => "Q3_K_M", "Q4_K" => "Q4_K_M", "Q5_K" => "Q5_K_M", var other => other };
        return Array.Find(Known, m => m.Name == full);
    }

    internal static bool TypeNeedsImportance(ElementType type) => type is ElementType.IQ1_S or ElementType.IQ1_M or ElementType.IQ2_XXS or ElementType.IQ2_XS or ElementType.IQ2_S;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

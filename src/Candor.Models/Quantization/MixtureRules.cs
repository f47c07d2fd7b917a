using System.Globalization;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>
/// Which type each tensor of a GGUF file gets in a mixture. The rules are llama.cpp's (facts of its quantizer, MIT): some tensors
/// cost much quality for few bytes and get more bits, in the first and last eighth of the layers above all.
/// </summary>
internal sealed class MixtureRules
{
    private readonly QuantizationMixture mixture;
    private readonly string architecture;
    private readonly int layers, experts, queryGroups;
    private readonly bool hasOutput, hasImportance;
    private readonly int[] valueLayers;

    public MixtureRules(QuantizationMixture mixture, GgufFile file, bool hasImportance)
    {
        (this.mixture, this.hasImportance) = (mixture, hasImportance);
        architecture = file.Metadata.GetString("general.architecture");
        layers = Number(file, "block_count");
        experts = Number(file, "expert_count");
        int heads = Number(file, "attention.head_count"), keyHeads = Number(file, "attention.head_count_kv");
        queryGroups = keyHeads > 0 ? heads / keyHeads : 1;
        hasOutput = file.Tensors.ContainsKey("output.weight");
        valueLayers = [.. file.Tensors.Keys.Where(n => Part(n) is "attn_v" or "attn_qkv" or "attn_kv_b").Select(Layer).Where(l => l >= 0).Distinct().Order()];
    }

    private string Name => mixture.Name;

    private bool IsFalcon => architecture == "falcon";

    /// <summary>Whether a tensor is quantized at all: matrices, but for norms, routers, positions and the small ones of state-space layers.</summary>
    public static bool Quantizes(StoredTensor tensor)
    {
        string name = tensor.Name;
        return tensor.Shape.Length >= 2 && name.EndsWith("weight", StringComparison.Ordinal) && TensorReader.CanRead(tensor.Type)
            && !name.EndsWith("_norm.weight", StringComparison.Ordinal) && name is not ("position_embd.weight" or "token_types.weight")
            && Part(name) is not ("ffn_gate_inp" or "ffn_gate_inp_shexp" or "ssm_conv1d" or "shortconv" or "attn_rel_b");
    }

    /// <summary>The type of a tensor that is quantized.</summary>
    public ElementType TypeOf(StoredTensor tensor)
    {
        ElementType type = mixture.Type.IsQuantized() ? Rule(tensor) : mixture.Type;
        long columns = tensor.Shape[^1];
        if (columns % type.BlockElements() == 0) return type;
        ElementType smaller = type switch
        {
            ElementType.Q4_K => ElementType.Q5_0,
            ElementType.Q5_K => ElementType.Q5_1,
            ElementType.Q6_K => ElementType.Q8_0,
            ElementType.TQ1_0 or ElementType.TQ2_0 => ElementType.Q4_0,
            ElementType.NVFP4 => ElementType.MXFP4,
            _ => ElementType.IQ4_NL,
        };
        return columns % smaller.BlockElements() == 0 ? smaller : ElementType.F16;
    }

    /// <summary>The layer of a tensor's name, or -1.</summary>
    private static int Layer(string name) =>
        name.StartsWith("blk.", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4, Math.Max(0, name.IndexOf('.', 4) - 4)), NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : -1;

    /// <summary>The part of a name between layer and "weight": attn_v of blk.3.attn_v.weight.</summary>
    private static string Part(string name)
    {
        string[] words = name.Split('.');
        return words.Length > 2 && words[0] == "blk" ? words[2] : words[0];
    }

    private static int Number(GgufFile file, string key)
    {
        string full = $"{file.Metadata.GetString("general.architecture")}.{key}";
        if (file.Metadata.TryGetInt32(full, out int number)) return number;
        return file.Metadata.TryGetInt32s(full, out int[] each) && each.Length > 0 ? each.Max() : 0;
    }

    private static bool IsOuter(int layer, int count) => layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2;

    private ElementType Rule(StoredTensor tensor)
    {
        string part = Part(tensor.Name);
        if (part == "output" || (part == "token_embd" && !hasOutput)) return Output(tensor);
        if (Name == "MXFP4_MOE") return tensor.Shape.Length > 2 ? ElementType.MXFP4 : ElementType.Q8_0;
        if (part == "token_embd") return Embedding();
        int layer = Math.Max(0, Layer(tensor.Name));
        if (mixture.NeedsImportance) return FewBits(part, layer);
        if (part == "attn_v") return Value(layer);
        if (part.StartsWith("ffn_down", StringComparison.Ordinal)) return Down(layer);
        return part switch
        {
            "attn_k" when experts == 8 => ElementType.Q8_0,
            "attn_k" or "attn_q" => Name switch { "IQ3_XS" => ElementType.IQ3_XXS, "IQ3_XXS" => ElementType.IQ2_S, _ => mixture.Type },
            "attn_output" => AttentionOutput(),
            "attn_qkv" => Name switch { "Q3_K_M" or "Q3_K_L" or "IQ3_M" => ElementType.Q4_K, "Q4_K_M" => ElementType.Q5_K, "Q5_K_M" => ElementType.Q6_K, _ => mixture.Type },
            _ when Name == "IQ3_XS" && (part.StartsWith("ffn_gate", StringComparison.Ordinal) || part.StartsWith("ffn_up", StringComparison.Ordinal))
                && layer >= layers / 8 && layer < 7 * layers / 8 => ElementType.IQ3_XXS,
            _ => mixture.Type,
        };
    }

    private ElementType Output(StoredTensor tensor)
    {
        if (Name is "MXFP4_MOE" or "NVFP4" or "Q8_0" || IsFalcon || tensor.Shape[^1] % mixture.Type.BlockElements() != 0) return ElementType.Q8_0;
        return mixture.NeedsImportance || Name == "IQ3_XXS" ? ElementType.Q5_K : ElementType.Q6_K;
    }

    private ElementType Embedding() => Name switch
    {
        "IQ2_XXS" or "IQ2_XS" or "IQ1_S" or "IQ1_M" => ElementType.Q2_K,
        "IQ2_S" or "IQ2_M" or "IQ3_XXS" => ElementType.IQ3_S,
        "TQ1_0" or "TQ2_0" => ElementType.Q4_K,
        _ => mixture.Type,
    };

    private ElementType FewBits(string part, int layer)
    {
        ElementType more = Name is "IQ2_S" or "IQ2_M" ? ElementType.IQ3_S : ElementType.Q2_K;
        if (part == "attn_v") return queryGroups >= 4 || experts >= 4 ? ElementType.Q4_K : more;
        if (part == "attn_k" && experts == 8) return ElementType.Q4_K;
        if (part.StartsWith("ffn_down", StringComparison.Ordinal)) return layer < layers / 8 ? more : mixture.Type;
        if (part != "attn_output") return mixture.Type;
        if (experts == 8) return ElementType.Q5_K;
        return Name switch { "IQ1_S" or "IQ1_M" => ElementType.IQ2_XXS, "IQ2_S" or "IQ2_M" => ElementType.IQ3_S, _ => mixture.Type };
    }

    private ElementType Value(int layer)
    {
        if (experts == 8) return ElementType.Q8_0;
        bool grouped = queryGroups >= 4;
        int place = Array.IndexOf(valueLayers, layer);
        ElementType type = Name switch
        {
            "Q2_K" => grouped ? ElementType.Q4_K : ElementType.Q3_K,
            "Q2_K_S" or "IQ3_XS" or "IQ3_S" when grouped => ElementType.Q4_K,
            "IQ3_XXS" => grouped ? ElementType.Q4_K : hasImportance ? ElementType.IQ3_XXS : ElementType.IQ3_S,
            "IQ3_M" => ElementType.Q4_K,
            "Q3_K_M" => place < 2 ? ElementType.Q5_K : ElementType.Q4_K,
            "Q3_K_L" => ElementType.Q5_K,
            "IQ4_NL" or "IQ4_XS" when grouped => ElementType.Q5_K,
            "Q4_K_M" or "Q5_K_M" when IsOuter(place, valueLayers.Length) => ElementType.Q6_K,
            "Q4_K_S" when place < 4 => ElementType.Q5_K,
            _ => mixture.Type,
        };
        // With 80 layers and eight queries a value head, values are so few that more bits for them cost nothing.
        return layers == 80 && queryGroups == 8 && type is ElementType.Q3_K or ElementType.Q4_K ? ElementType.Q5_K : type;
    }

    private ElementType Down(int layer)
    {
        bool first = layer < layers / 8;
        return Name switch
        {
            "Q2_K" => ElementType.Q3_K,
            "Q2_K_S" when first => ElementType.Q4_K,
            "IQ3_XXS" when !hasImportance => first ? ElementType.Q4_K : ElementType.Q3_K,
            "Q3_K_M" => layer < layers / 16 ? ElementType.Q5_K : !IsFalcon || IsOuter(layer, layers) ? ElementType.Q4_K : ElementType.Q3_K,
            "IQ3_M" when first || (experts == 8 && IsOuter(layer, layers)) => ElementType.Q4_K,
            "Q3_K_L" => IsFalcon ? ElementType.Q4_K : ElementType.Q5_K,
            "Q4_K_M" when IsFalcon => layer < layers / 16 ? ElementType.Q6_K : IsOuter(layer, layers) ? ElementType.Q5_K : ElementType.Q4_K,
            "Q4_K_M" or "Q5_K_M" when IsOuter(layer, layers) => ElementType.Q6_K,
            "IQ4_NL" or "IQ4_XS" when first && !hasImportance => ElementType.Q5_K,
            "Q4_K_S" when first && !IsFalcon => ElementType.Q5_K,
            "Q4_0" when first && hasImportance => ElementType.Q4_1,
            "Q5_0" when first && hasImportance => ElementType.Q5_1,
            _ => mixture.Type,
        };
    }

    private ElementType AttentionOutput()
    {
        if (IsFalcon) return Name == "Q3_K_L" ? ElementType.Q4_K : mixture.Type;
        if (experts == 8)
            return Name is "Q2_K" or "IQ3_XS" or "IQ3_XXS" or "Q3_K_S" or "Q3_K_M" or "IQ4_NL" or "Q4_K_S" or "Q4_K_M" or "IQ3_S" or "IQ3_M" or "IQ4_XS" ? ElementType.Q5_K : mixture.Type;
        return Name switch
        {
            "Q2_K" => ElementType.Q3_K,
            "IQ3_XXS" => ElementType.IQ3_S,
            "Q3_K_M" or "IQ3_M" => ElementType.Q4_K,
            "Q3_K_L" => ElementType.Q5_K,
            _ => mixture.Type,
        };
    }
}

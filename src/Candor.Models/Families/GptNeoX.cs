using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>GPT-NeoX and Pythia (arXiv:2204.06745, 2304.01373): parallel residual, rope on a part of each head, fused queries, keys and values head by head.</summary>
internal static class GptNeoX
{
    public static Family Family { get; } = new("GPT-NeoX", ["gpt_neox"], FromConfig, ["gptneox"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("hidden_size", 6144), heads = c.GetInt("num_attention_heads", 64);
        if (heads < 1) throw c.Fault("num_attention_heads", $"is {heads}; at least 1 is needed");
        return Spec(
            c.GetInt("vocab_size", 50432), hidden, heads, Checked.Layers(c, c.GetInt("num_hidden_layers", 44)), c.GetInt("intermediate_size", 24576),
            c.GetInt("max_position_embeddings", 2048), c.GetFloat("layer_norm_eps", 1e-5f), ConfigReading.Activation(c, "gelu", "hidden_act"),
            ConfigReading.Rope(c, hidden / heads, 10000, 0.25), c.GetBool("use_parallel_residual", true),
            Names(hidden / heads, c.GetBool("attention_bias", true), c.GetBool("tie_word_embeddings", false)), c.GetBool("tie_word_embeddings", false));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        return Spec(
            g.Vocabulary, g.Hidden, g.Heads[0], g.Layers, g.Int("feed_forward_length"), g.Context, g.LayerEpsilon, ActivationKind.Gelu,
            g.Rope(RopePairing.Halves), g.Bool("use_parallel_residual", true),
            GgufNames.With(GgufNames.FusedQkv("blk.{layer}.attn_qkv", g.Hidden, g.Hidden, g.Hidden)), !g.HasTensor("output.weight"));
    }

    private static ModelSpec Spec(
        int vocabulary, int hidden, int heads, int layers, int inner, int context, float epsilon, ActivationKind activation, RopeSpec rope, bool parallel,
        Dictionary<string, string> names, bool tied)
    {
        var norm = new NormSpec { Kind = NormKind.Layer, Epsilon = epsilon };
        var layer = new LayerSpec
        {
            Residual = parallel ? ResidualTopology.Parallel : ResidualTopology.Sequential,
            MixerNorm = norm,
            Attention = new AttentionSpec { Heads = heads, KeyValueHeads = heads, HeadSize = hidden / Math.Max(heads, 1), Rope = rope },
            FeedForwardNorm = norm,
            FeedForward = new FeedForwardSpec { InnerSize = inner, Gated = false, Activation = activation },
        };
        return new ModelSpec
        {
            Architecture = "gpt_neox", VocabularySize = vocabulary, HiddenSize = hidden, ContextLength = context,
            Layers = [.. Enumerable.Repeat(layer, layers)], FinalNorm = norm, Head = new HeadSpec { Tied = tied }, Tensors = names,
        };
    }

    private static Dictionary<string, string> Names(int headSize, bool bias, bool tied)
    {
        static string Layer(string name) => $"gpt_neox.layers.{{layer}}.{name}";
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "gpt_neox.embed_in.weight",
            ["final_norm"] = "gpt_neox.final_layer_norm.weight", ["final_norm.bias"] = "gpt_neox.final_layer_norm.bias",
            ["head"] = tied ? "embed_out.weight || lm_head.weight ?" : "embed_out.weight || lm_head.weight",
            ["mixer_norm"] = Layer("input_layernorm.weight"), ["mixer_norm.bias"] = Layer("input_layernorm.bias"),
            ["feed_forward_norm"] = Layer("post_attention_layernorm.weight"), ["feed_forward_norm.bias"] = Layer("post_attention_layernorm.bias"),
            ["attention_output"] = Layer("attention.dense.weight"),
            ["up"] = Layer("mlp.dense_h_to_4h.weight"), ["up.bias"] = Layer("mlp.dense_h_to_4h.bias"),
            ["down"] = Layer("mlp.dense_4h_to_h.weight"), ["down.bias"] = Layer("mlp.dense_4h_to_h.bias"),
        };
        if (bias) names["attention_output.bias"] = Layer("attention.dense.bias");
        string[] roles = ["query", "key", "value"];
        for (int i = 0; i < roles.Length; i++)
        {
            string gather = $" | gather {3 * headSize} {i * headSize} {headSize}";
            names[roles[i]] = Layer("attention.query_key_value.weight") + gather;
            if (bias) names[roles[i] + ".bias"] = Layer("attention.query_key_value.bias") + gather;
        }

        return names;
    }
}

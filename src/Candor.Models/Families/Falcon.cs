using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>
/// Falcon 7B, 40B, 180B, 11B and RW (arXiv:2311.16867, 2306.01116): attention and feed-forward side by side, few
/// key-value heads, and in RW sequential layers with linear biases.
/// </summary>
internal static class Falcon
{
    public static Family Family { get; } = new("Falcon", ["falcon", "RefinedWeb", "RefinedWebModel"], FromConfig, ["falcon"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("hidden_size", 4544), heads = c.TryGetInt("num_attention_heads", out int h) ? h : c.GetInt("n_head", 71);
        int layers = c.TryGetInt("num_hidden_layers", out int l) ? l : c.GetInt("n_layer", 32);
        if (heads < 1) throw c.Fault("num_attention_heads", $"is {heads}; at least 1 is needed");
        int headSize = hidden / heads;
        bool grouped = c.GetBool("new_decoder_architecture", false), multiQuery = c.GetBool("multi_query", true);
        bool parallel = c.GetBool("parallel_attn", true), alibi = c.GetBool("alibi", false), bias = c.GetBool("bias", false), tied = c.GetBool("tie_word_embeddings", true);
        // multi_query wins over num_kv_heads; the grouped architecture has its own count.
        int keyValueHeads = grouped ? (c.TryGetInt("num_kv_heads", out int kv) ? kv : c.GetInt("n_head_kv", heads)) : multiQuery ? 1 : heads;
        if (keyValueHeads < 1 || heads % keyValueHeads != 0) throw c.Fault("num_kv_heads", $"is {keyValueHeads}; {heads} heads cannot share them evenly");
        bool twoNorms = grouped ? c.GetInt("num_ln_in_parallel_attn", 2) == 2 : !parallel;
        var norm = new NormSpec { Kind = NormKind.Layer, Epsilon = c.GetFloat("layer_norm_epsilon", 1e-5f) };
        var layer = new LayerSpec
        {
            Residual = parallel || grouped ? ResidualTopology.Parallel : ResidualTopology.Sequential,
            MixerNorm = norm,
            Attention = new AttentionSpec
            {
                Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = headSize,
                Rope = alibi ? null : ConfigReading.Rope(c, headSize), Alibi = alibi ? new AlibiSpec { Scaled = true } : null,
            },
            FeedForwardNorm = twoNorms ? norm : null,
            FeedForward = new FeedForwardSpec
            {
                InnerSize = c.GetInt("ffn_hidden_size", checked(4 * hidden)), Gated = false, Activation = ConfigReading.Activation(c, "gelu", "activation", "hidden_act"),
            },
        };
        return new ModelSpec
        {
            Architecture = "falcon", VocabularySize = c.GetInt("vocab_size", 65024), HiddenSize = hidden, ContextLength = c.GetInt("max_position_embeddings", 2048),
            Layers = [.. Enumerable.Repeat(layer, Checked.Layers(c, layers))], FinalNorm = norm, Head = new HeadSpec { Tied = tied },
            Tensors = Names(headSize, heads / keyValueHeads, keyValueHeads, !grouped && multiQuery, twoNorms && grouped, twoNorms, bias, tied),
        };
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        int heads = g.Heads[0], keyValueHeads = g.KeyValueHeads[0], key = keyValueHeads * g.HeadSize;
        bool two = g.HasTensor("blk.0.attn_norm_2.weight");
        // With two norms the file calls the feed-forward's attn_norm and the attention's attn_norm_2.
        (string, string)[] norms = !two ? [] :
        [
            ("mixer_norm", "blk.{layer}.attn_norm_2.weight"), ("mixer_norm.bias", "blk.{layer}.attn_norm_2.bias ?"),
            ("feed_forward_norm", "blk.{layer}.attn_norm.weight"), ("feed_forward_norm.bias", "blk.{layer}.attn_norm.bias ?"),
        ];
        var layer = new LayerSpec
        {
            Residual = ResidualTopology.Parallel,
            MixerNorm = g.LayerNorm,
            Attention = new AttentionSpec { Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = g.HeadSize, Rope = g.Rope(RopePairing.Halves) },
            FeedForwardNorm = two ? g.LayerNorm : null,
            FeedForward = new FeedForwardSpec { InnerSize = g.Int("feed_forward_length"), Gated = false, Activation = ActivationKind.Gelu },
        };
        return new ModelSpec
        {
            Architecture = g.Architecture, VocabularySize = g.Vocabulary, HiddenSize = g.Hidden, ContextLength = g.Context,
            Layers = [.. Enumerable.Repeat(layer, g.Layers)], FinalNorm = g.LayerNorm, Head = new HeadSpec { Tied = !g.HasTensor("output.weight") },
            Tensors = GgufNames.With([.. norms, .. GgufNames.FusedQkv("blk.{layer}.attn_qkv", heads * g.HeadSize, key, key)]),
        };
    }

    private static Dictionary<string, string> Names(int headSize, int group, int keyValueHeads, bool single, bool ownNames, bool twoNorms, bool bias, bool tied)
    {
        static string Layer(string name) => $"transformer.h.{{layer}}.{name} || h.{{layer}}.{name}";
        string first = ownNames ? "ln_attn" : "input_layernorm", second = ownNames ? "ln_mlp" : "post_attention_layernorm";
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "transformer.word_embeddings.weight || word_embeddings.weight",
            ["final_norm"] = "transformer.ln_f.weight || ln_f.weight", ["final_norm.bias"] = "transformer.ln_f.bias || ln_f.bias",
            ["head"] = tied ? "lm_head.weight ?" : "lm_head.weight",
            ["mixer_norm"] = Layer(first + ".weight"), ["mixer_norm.bias"] = Layer(first + ".bias"),
            ["attention_output"] = Layer("self_attention.dense.weight"),
            ["up"] = Layer("mlp.dense_h_to_4h.weight"), ["down"] = Layer("mlp.dense_4h_to_h.weight"),
        };
        if (twoNorms)
        {
            names["feed_forward_norm"] = Layer(second + ".weight");
            names["feed_forward_norm.bias"] = Layer(second + ".bias");
        }

        // One matrix holds all: with one key-value head [queries, key, value]; else group by group [queries of the group, key, value].
        int query = group * headSize, period = query + 2 * headSize;
        (string Role, int Begin, int Count)[] parts = [("query", 0, query), ("key", query, headSize), ("value", query + headSize, headSize)];
        foreach ((string role, int begin, int count) in parts)
        {
            string operation = single || keyValueHeads == 1 ? $" | rows {begin} {begin + count}" : $" | gather {period} {begin} {count}";
            names[role] = Layer("self_attention.query_key_value.weight") + operation;
            if (bias) names[role + ".bias"] = Layer("self_attention.query_key_value.bias") + operation;
        }

        if (!bias) return names;
        names["attention_output.bias"] = Layer("self_attention.dense.bias");
        names["up.bias"] = Layer("mlp.dense_h_to_4h.bias");
        names["down.bias"] = Layer("mlp.dense_4h_to_h.bias");
        return names;
    }
}

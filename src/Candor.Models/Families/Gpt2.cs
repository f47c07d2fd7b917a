using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>GPT-2 (Radford et al., 2019): learned positions, layer norms, matrices stored [inputs, outputs] in transformers' files.</summary>
internal static class Gpt2
{
    public static Family Family { get; } = new("GPT-2", ["gpt2"], FromConfig, ["gpt2"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("n_embd", 768), heads = c.GetInt("n_head", 12), layers = c.GetInt("n_layer", 12);
        int inner = c.TryGetInt("n_inner", out int given) ? given : checked(4 * hidden);
        if (heads < 1) throw c.Fault("n_head", $"is {heads}; at least 1 is needed");
        bool tied = c.GetBool("tie_word_embeddings", true);
        ModelSpec spec = Spec(
            "gpt2", c.GetInt("vocab_size", 50257), hidden, heads, Checked.Layers(c, layers, "n_layer"), inner, c.GetInt("n_positions", 1024),
            c.GetFloat("layer_norm_epsilon", 1e-5f), ConfigReading.Activation(c, "gelu_new", "activation_function"), tied, Names(hidden, tied));
        bool scaled = c.GetBool("scale_attn_weights", true), inverse = c.GetBool("scale_attn_by_inverse_layer_idx", false);
        return spec.EachAttention((a, i) => a with { Scale = (scaled ? 1 / MathF.Sqrt(a.HeadSize) : 1) / (inverse ? i + 1 : 1) });
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        return Spec(
            "gpt2", g.Vocabulary, g.Hidden, g.Heads[0], g.Layers, g.Int("feed_forward_length"), g.Context, g.LayerEpsilon, ActivationKind.GeluTanh,
            !g.HasTensor("output.weight"),
            GgufNames.With([("position_embedding", "position_embd.weight"), .. GgufNames.FusedQkv("blk.{layer}.attn_qkv", g.Hidden, g.Hidden, g.Hidden)]));
    }

    private static ModelSpec Spec(
        string architecture, int vocabulary, int hidden, int heads, int layers, int inner, int context, float epsilon, ActivationKind activation, bool tied,
        Dictionary<string, string> names)
    {
        var norm = new NormSpec { Kind = NormKind.Layer, Epsilon = epsilon };
        var layer = new LayerSpec
        {
            MixerNorm = norm,
            Attention = new AttentionSpec { Heads = heads, KeyValueHeads = heads, HeadSize = hidden / Math.Max(heads, 1) },
            FeedForwardNorm = norm,
            FeedForward = new FeedForwardSpec { InnerSize = inner, Gated = false, Activation = activation },
        };
        return new ModelSpec
        {
            Architecture = architecture, VocabularySize = vocabulary, HiddenSize = hidden, ContextLength = context,
            Embedding = new EmbeddingSpec { LearnedPositions = context },
            Layers = [.. Enumerable.Repeat(layer, layers)], FinalNorm = norm, Head = new HeadSpec { Tied = tied }, Tensors = names,
        };
    }

    private static Dictionary<string, string> Names(int hidden, bool tied)
    {
        static string Layer(string name, string operations = "") => $"transformer.h.{{layer}}.{name} || h.{{layer}}.{name}{operations}";
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "transformer.wte.weight || wte.weight",
            ["position_embedding"] = "transformer.wpe.weight || wpe.weight",
            ["final_norm"] = "transformer.ln_f.weight || ln_f.weight",
            ["final_norm.bias"] = "transformer.ln_f.bias || ln_f.bias",
            ["head"] = tied ? "lm_head.weight ?" : "lm_head.weight",
            ["mixer_norm"] = Layer("ln_1.weight"), ["mixer_norm.bias"] = Layer("ln_1.bias"),
            ["feed_forward_norm"] = Layer("ln_2.weight"), ["feed_forward_norm.bias"] = Layer("ln_2.bias"),
            ["attention_output"] = Layer("attn.c_proj.weight", " | transpose"), ["attention_output.bias"] = Layer("attn.c_proj.bias"),
            ["up"] = Layer("mlp.c_fc.weight", " | transpose"), ["up.bias"] = Layer("mlp.c_fc.bias"),
            ["down"] = Layer("mlp.c_proj.weight", " | transpose"), ["down.bias"] = Layer("mlp.c_proj.bias"),
        };
        string[] roles = ["query", "key", "value"];
        for (int i = 0; i < roles.Length; i++)
        {
            string rows = $" | rows {i * hidden} {(i + 1) * hidden}";
            names[roles[i]] = Layer("attn.c_attn.weight", " | transpose" + rows);
            names[roles[i] + ".bias"] = Layer("attn.c_attn.bias", rows);
        }

        return names;
    }
}

using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>LLaMA 1 to 3.x (arXiv:2302.13971, 2307.09288, 2407.21783), and what shares its layout under the same name.</summary>
internal static class Llama
{
    public static Family Family { get; } = new("LLaMA", ["llama"], FromConfig, ["llama"], FromGguf);

    /// <summary>Tensor names of transformers' LLaMA, shared by most decoders there.</summary>
    public static Dictionary<string, string> Names(bool attentionBias, bool outputBias, bool mlpBias, bool tied)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "model.embed_tokens.weight || embed_tokens.weight",
            ["final_norm"] = "model.norm.weight || norm.weight",
            ["head"] = tied ? "lm_head.weight ?" : "lm_head.weight",
            ["mixer_norm"] = Layer("input_layernorm.weight"),
            ["feed_forward_norm"] = Layer("post_attention_layernorm.weight"),
            ["query"] = Layer("self_attn.q_proj.weight"),
            ["key"] = Layer("self_attn.k_proj.weight"),
            ["value"] = Layer("self_attn.v_proj.weight"),
            ["attention_output"] = Layer("self_attn.o_proj.weight"),
            ["gate"] = Layer("mlp.gate_proj.weight"),
            ["up"] = Layer("mlp.up_proj.weight"),
            ["down"] = Layer("mlp.down_proj.weight"),
        };
        if (attentionBias) foreach (string role in (string[])["query", "key", "value"]) names[role + ".bias"] = Layer($"self_attn.{role[0]}_proj.bias");
        if (outputBias) names["attention_output.bias"] = Layer("self_attn.o_proj.bias");
        if (mlpBias) foreach (string role in (string[])["gate", "up", "down"]) names[role + ".bias"] = Layer($"mlp.{role}_proj.bias");
        return names;
    }

    /// <summary>A tensor of a layer, with or without the <c>model.</c> that bare checkpoints lack.</summary>
    public static string Layer(string name) => $"model.layers.{{layer}}.{name} || layers.{{layer}}.{name}";

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("hidden_size", 4096), heads = c.GetInt("num_attention_heads", 32), layers = c.GetInt("num_hidden_layers", 32);
        if (heads < 1) throw c.Fault("num_attention_heads", $"is {heads}; at least 1 is needed");
        int headSize = c.GetInt("head_dim", hidden / heads);
        bool bias = c.GetBool("attention_bias", false), tied = c.GetBool("tie_word_embeddings", false);
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = c.GetFloat("rms_norm_eps", 1e-6f) };
        var layer = new LayerSpec
        {
            MixerNorm = norm,
            Attention = new AttentionSpec
            {
                Heads = heads, KeyValueHeads = c.GetInt("num_key_value_heads", heads), HeadSize = headSize,
                Rope = ConfigReading.Rope(c, headSize),
            },
            FeedForwardNorm = norm,
            FeedForward = new FeedForwardSpec
            {
                InnerSize = c.GetInt("intermediate_size", 11008), Gated = true, Activation = ConfigReading.Activation(c, "silu", "hidden_act"),
            },
        };
        return new ModelSpec
        {
            Architecture = "llama", VocabularySize = c.GetInt("vocab_size", 32000), HiddenSize = hidden,
            ContextLength = c.GetInt("max_position_embeddings", 2048),
            Layers = [.. Enumerable.Repeat(layer, Checked.Layers(c, layers))], FinalNorm = norm, Head = new HeadSpec { Tied = tied },
            Tensors = Names(bias, bias, c.GetBool("mlp_bias", false), tied),
        };
    }

    private static ModelSpec FromGguf(GgufFile file)
    {
        var g = new GgufReading(file);
        RopeSpec rope = g.Rope(RopePairing.Neighbours);
        int[] inner = g.PerLayer("feed_forward_length", 0);
        int experts = g.Int("expert_count", 0);
        return new ModelSpec
        {
            Architecture = g.Architecture, VocabularySize = g.Vocabulary, HiddenSize = g.Hidden, ContextLength = g.Context,
            Layers = [.. Enumerable.Range(0, g.Layers).Select(i => new LayerSpec
            {
                MixerNorm = g.RmsNorm,
                Attention = new AttentionSpec { Heads = g.Heads[i], KeyValueHeads = g.KeyValueHeads[i], HeadSize = g.HeadSize, ValueHeadSize = g.ValueSize, Rope = rope },
                FeedForwardNorm = g.RmsNorm,
                FeedForward = new FeedForwardSpec
                {
                    InnerSize = inner[i], Gated = true, Activation = ActivationKind.Silu,
                    Experts = experts == 0 ? null : new ExpertsSpec { Count = experts, Used = g.Int("expert_used_count"), Router = RouterKind.Softmax, Normalize = true },
                },
            })],
            FinalNorm = g.RmsNorm, Head = new HeadSpec { Tied = !g.HasTensor("output.weight") },
            Tensors = GgufNames.With(),
        };
    }
}

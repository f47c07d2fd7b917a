using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>What a relative of LLaMA takes for granted where its config.json is silent, and what it does otherwise.</summary>
internal sealed record LlamaDefaults
{
    public int Vocabulary { get; init; } = 32000;

    public int Hidden { get; init; } = 4096;

    public int Layers { get; init; } = 32;

    public int Heads { get; init; } = 32;

    /// <summary>0: as many as heads.</summary>
    public int KeyValueHeads { get; init; }

    /// <summary>0: hidden / heads.</summary>
    public int HeadSize { get; init; }

    public int Inner { get; init; } = 11008;

    public int Context { get; init; } = 2048;

    public float Epsilon { get; init; } = 1e-6f;

    public double Theta { get; init; } = 10000;

    public double PartialRotary { get; init; } = 1;

    public bool Tied { get; init; }

    public string Activation { get; init; } = "silu";

    public bool QkvBias { get; init; }

    public bool OutputBias { get; init; }

    public bool MlpBias { get; init; }
}

/// <summary>Specs of decoders laid out like LLaMA, from config.json and from GGUF; families change what is theirs.</summary>
internal static class LlamaLike
{
    /// <summary>Tensor names in transformers, shared by most decoders there.</summary>
    public static Dictionary<string, string> Names(LlamaDefaults d, bool tied, params ReadOnlySpan<(string Role, string Source)> replacements)
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
        if (d.QkvBias) foreach (string role in (string[])["query", "key", "value"]) names[role + ".bias"] = Layer($"self_attn.{role[0]}_proj.bias");
        if (d.OutputBias) names["attention_output.bias"] = Layer("self_attn.o_proj.bias");
        if (d.MlpBias) foreach (string role in (string[])["gate", "up", "down"]) names[role + ".bias"] = Layer($"mlp.{role}_proj.bias");
        foreach ((string role, string source) in replacements) names[role] = source;
        return names;
    }

    /// <summary>A tensor of a layer, with or without the <c>model.</c> that bare checkpoints lack.</summary>
    public static string Layer(string name) => $"model.layers.{{layer}}.{name} || layers.{{layer}}.{name}";

    /// <summary>Adds one to norm weights that a file stores less one (Gemma).</summary>
    public static (string Role, string Source) PlusOne(string role, string source) => (role, source + " | add 1");

    /// <summary>The spec of a config.json, every layer alike; a family then changes layers with <see cref="Each"/>.</summary>
    public static ModelSpec FromConfig(ConfigJson c, LlamaDefaults d, params ReadOnlySpan<(string Role, string Source)> replacements)
    {
        int hidden = c.GetInt("hidden_size", d.Hidden), heads = c.GetInt("num_attention_heads", d.Heads);
        if (heads < 1) throw c.Fault("num_attention_heads", $"is {heads}; at least 1 is needed");
        int headSize = c.GetInt("head_dim", d.HeadSize > 0 ? d.HeadSize : hidden / heads);
        int keyValueHeads = c.Has("num_key_value_heads") ? c.GetInt("num_key_value_heads") : c.GetInt("num_kv_heads", d.KeyValueHeads > 0 ? d.KeyValueHeads : heads);
        bool tied = c.GetBool("tie_word_embeddings", d.Tied);
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = c.GetFloat("rms_norm_eps", d.Epsilon) };
        var layer = new LayerSpec
        {
            MixerNorm = norm,
            Attention = new AttentionSpec
            {
                Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = headSize, Rope = ConfigReading.Rope(c, headSize, d.Theta, d.PartialRotary),
            },
            FeedForwardNorm = norm,
            FeedForward = new FeedForwardSpec
            {
                InnerSize = c.GetInt("intermediate_size", d.Inner), Gated = true,
                Activation = ConfigReading.Activation(c, d.Activation, "hidden_activation", "hidden_act"),
            },
        };
        return new ModelSpec
        {
            Architecture = c.GetString("model_type", "llama")!, VocabularySize = c.GetInt("vocab_size", d.Vocabulary), HiddenSize = hidden,
            ContextLength = c.GetInt("max_position_embeddings", d.Context),
            Layers = [.. Enumerable.Repeat(layer, Checked.Layers(c, c.GetInt("num_hidden_layers", d.Layers)))],
            FinalNorm = norm, Head = new HeadSpec { Tied = tied }, Tensors = Names(d, tied, replacements),
        };
    }

    /// <summary>The spec of a GGUF file, every layer alike but for head counts and widths.</summary>
    public static ModelSpec FromGguf(GgufReading g, RopePairing pairing, params ReadOnlySpan<(string Role, string Source)> replacements)
    {
        RopeSpec rope = g.Rope(pairing);
        int[] inner = g.PerLayer("feed_forward_length", 0);
        return new ModelSpec
        {
            Architecture = g.Architecture, VocabularySize = g.Vocabulary, HiddenSize = g.Hidden, ContextLength = g.Context,
            Layers = [.. Enumerable.Range(0, g.Layers).Select(i => new LayerSpec
            {
                MixerNorm = g.RmsNorm,
                Attention = new AttentionSpec { Heads = g.Heads[i], KeyValueHeads = g.KeyValueHeads[i], HeadSize = g.HeadSize, ValueHeadSize = g.ValueSize, Rope = rope },
                FeedForwardNorm = g.RmsNorm,
                FeedForward = new FeedForwardSpec { InnerSize = inner[i], Gated = true, Activation = ActivationKind.Silu },
            })],
            FinalNorm = g.RmsNorm, Head = new HeadSpec { Tied = !g.HasTensor("output.weight") }, Tensors = GgufNames.With(replacements),
        };
    }

    /// <summary>The same spec with each layer changed.</summary>
    public static ModelSpec Each(this ModelSpec spec, Func<LayerSpec, int, LayerSpec> change) =>
        spec with { Layers = [.. spec.Layers.Select(change)] };

    /// <summary>The same spec with each layer's attention changed.</summary>
    public static ModelSpec EachAttention(this ModelSpec spec, Func<AttentionSpec, int, AttentionSpec> change) =>
        spec.Each((l, i) => l with { Attention = change(l.Attention!, i) });
}

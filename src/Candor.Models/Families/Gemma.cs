using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Gemma 1, 2 and 3, text only (arXiv:2403.08295, 2408.00118, 2503.19786). Norm weights are stored less one in transformers' files.</summary>
internal static class Gemma
{
    public static Family Gemma1 { get; } = new("Gemma", ["gemma"], FromConfig1, ["gemma"], file => Scaled(Gguf(file, 1)));

    public static Family Gemma2 { get; } = new("Gemma 2", ["gemma2"], FromConfig2, ["gemma2"], file => Gguf(file, 2));

    public static Family Gemma3 { get; } = new("Gemma 3", ["gemma3_text"], FromConfig3, ["gemma3"], file => Gguf(file, 3));

    private static (string Role, string Source)[] Norms { get; } =
    [
        PlusOne("final_norm", "model.norm.weight || norm.weight"),
        PlusOne("mixer_norm", Layer("input_layernorm.weight")),
        PlusOne("mixer_post_norm", Layer("post_attention_layernorm.weight")),
        PlusOne("feed_forward_norm", Layer("pre_feedforward_layernorm.weight")),
        PlusOne("feed_forward_post_norm", Layer("post_feedforward_layernorm.weight")),
        PlusOne("query_norm", Layer("self_attn.q_norm.weight")),
        PlusOne("key_norm", Layer("self_attn.k_norm.weight")),
    ];

    private static ModelSpec FromConfig1(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        var d = new LlamaDefaults
        {
            Vocabulary = 256000, Hidden = 3072, Layers = 28, Heads = 16, KeyValueHeads = 16, HeadSize = 256, Inner = 24576, Context = 8192,
            Tied = true, Activation = "gelu_pytorch_tanh", QkvBias = bias, OutputBias = bias,
        };
        ModelSpec spec = LlamaLike.FromConfig(c, d, Norms[0], Norms[1], PlusOne("feed_forward_norm", Layer("post_attention_layernorm.weight")));
        // The first files say "gelu" and mean the tanh form.
        return Scaled(spec).Each((l, _) => l with { FeedForward = l.FeedForward! with { Activation = ActivationKind.GeluTanh } });
    }

    private static ModelSpec FromConfig2(ConfigJson c, TensorStore store)
    {
        ModelSpec spec = LlamaLike.FromConfig(c, Defaults(c, 256000, 8192), Norms.AsSpan(0, 5));
        bool[] sliding = ConfigReading.Sliding(c, spec.Layers.Count, i => i % 2 == 0);
        int window = Mistral.WindowOf(c, 4096);
        return Sandwich(c, spec, 50, 30).EachAttention((a, i) => a with { Window = sliding[i] ? window : 0 });
    }

    private static ModelSpec FromConfig3(ConfigJson c, TensorStore store)
    {
        ModelSpec spec = LlamaLike.FromConfig(c, Defaults(c, 262208, 131072) with { Theta = 1e6 }, Norms);
        int headSize = spec.Layers[0].Attention!.HeadSize, pattern = Math.Max(1, c.GetInt("sliding_window_pattern", c.GetInt("_sliding_window_pattern", 6)));
        bool[] sliding = ConfigReading.Sliding(c, spec.Layers.Count, i => (i + 1) % pattern != 0);
        int window = Mistral.WindowOf(c, 4096);
        // Local layers keep plain rope with a base of their own, whatever stretches the global ones.
        bool split = c.TryGetObject("rope_parameters", out ConfigJson? parameters) && parameters.Has("sliding_attention");
        RopeSpec global = ConfigReading.Rope(c, headSize, 1e6, 1, "full_attention");
        RopeSpec local = split ? ConfigReading.Rope(c, headSize, 10000, 1, "sliding_attention") : new RopeSpec { Theta = c.GetDouble("rope_local_base_freq", 10000) };
        return Sandwich(c, spec, null, null).EachAttention((a, i) => a with
        {
            Window = sliding[i] ? window : 0, Rope = sliding[i] ? local : global, QueryKeyNorm = spec.FinalNorm,
        });
    }

    private static LlamaDefaults Defaults(ConfigJson c, int vocabulary, int context)
    {
        bool bias = c.GetBool("attention_bias", false);
        return new LlamaDefaults
        {
            Vocabulary = vocabulary, Hidden = 2304, Layers = 26, Heads = 8, KeyValueHeads = 4, HeadSize = 256, Inner = 9216, Context = context,
            Tied = true, Activation = "gelu_pytorch_tanh", QkvBias = bias, OutputBias = bias,
        };
    }

    private static ModelSpec Sandwich(ConfigJson c, ModelSpec spec, float? attentionCap, float? finalCap)
    {
        float scale = 1 / MathF.Sqrt(c.GetFloat("query_pre_attn_scalar", 256));
        float? Cap(string key, float? fallback) => c.TryGetFloat(key, out float cap) ? cap : c.Keys.Contains(key) ? null : fallback;
        spec = Scaled(spec).Each((l, _) => l with
        {
            Attention = l.Attention! with { Scale = scale, SoftCap = Cap("attn_logit_softcapping", attentionCap) },
            MixerPostNorm = spec.FinalNorm, FeedForwardPostNorm = spec.FinalNorm,
        });
        return spec with { Head = spec.Head! with { SoftCap = Cap("final_logit_softcapping", finalCap) } };
    }

    private static ModelSpec Scaled(ModelSpec spec) => spec with { Embedding = spec.Embedding with { Scale = MathF.Sqrt(spec.HiddenSize) } };

    private static ModelSpec Gguf(GgufView file, int generation)
    {
        var g = new GgufReading(file);
        ModelSpec spec = LlamaLike.FromGguf(g, RopePairing.Halves).Each((l, _) => l with { FeedForward = l.FeedForward! with { Activation = ActivationKind.GeluTanh } });
        if (generation == 1) return spec;
        int window = g.Int("attention.sliding_window", generation == 2 ? 4096 : 0), pattern = generation == 2 ? 2 : 6;
        RopeSpec local = new() { Theta = g.Float("rope.freq_base_swa", 10000) };
        float? Cap(string key) => g.Has(key) ? g.Float(key, 0) : null;
        spec = Scaled(spec).Each((l, i) => l with
        {
            Attention = l.Attention! with
            {
                Window = (i + 1) % pattern != 0 ? window : 0,
                Rope = generation == 3 && (i + 1) % pattern != 0 ? local : l.Attention.Rope,
                QueryKeyNorm = generation == 3 ? g.RmsNorm : null,
                SoftCap = Cap("attn_logit_softcapping"),
                Scale = QueryScale(g, generation),
            },
            MixerPostNorm = g.RmsNorm, FeedForwardPostNorm = g.RmsNorm,
        });
        return spec with { Head = spec.Head! with { SoftCap = Cap("final_logit_softcapping") } };
    }

    /// <summary>GGUF has no key for query_pre_attn_scalar; only the 27B models differ from the head size: they use hidden / heads.</summary>
    private static float QueryScale(GgufReading g, int generation)
    {
        bool large = generation == 2 ? g.Layers == 46 : g.Layers == 62;
        return g.Has("attention.scale") ? g.Float("attention.scale", 0) : 1 / MathF.Sqrt(large ? g.Hidden / g.Heads[0] : g.HeadSize);
    }
}

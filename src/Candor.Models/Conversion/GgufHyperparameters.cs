using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>A model's hyper-parameters as GGUF metadata, with the keys that llama.cpp reads.</summary>
internal sealed class GgufHyperparameters
{
    private readonly ModelSpec spec;
    private readonly string architecture;
    private readonly GgufMetadata metadata;

    private GgufHyperparameters(ModelSpec spec, string architecture, GgufMetadata metadata) => (this.spec, this.architecture, this.metadata) = (spec, architecture, metadata);

    /// <summary>Adds the keys.</summary>
    public static void Add(ModelSpec spec, string architecture, GgufMetadata metadata)
    {
        var writer = new GgufHyperparameters(spec, architecture, metadata);
        writer.Model();
        writer.Attention();
        writer.FeedForward();
        writer.StateSpace();
    }

    /// <summary>The number that stands for a type in <c>general.file_type</c>.</summary>
    public static int FileType(ElementType type) => type switch
    {
        ElementType.F32 => 0, ElementType.F16 => 1, ElementType.Q8_0 => 7, ElementType.BF16 => 32, _ => 1024,
    };

    private void Model()
    {
        bool counts = spec.Layers.Any(l => l.Attention is not null);
        Set("block_count", spec.Layers.Count);
        Set("context_length", counts ? spec.ContextLength : 1 << 20);
        Set("embedding_length", spec.HiddenSize);
        Set("vocab_size", spec.VocabularySize);
        NormSpec norm = spec.FinalNorm ?? spec.Embedding.Norm ?? spec.Layers[0].MixerNorm ?? new NormSpec();
        Set(norm.Kind == NormKind.Rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", norm.Epsilon);
        if (!spec.Causal) Set("attention.causal", GgufValue.Of(false));
        if (spec.Embedding.TokenTypes > 0) metadata["tokenizer.ggml.token_type_count"] = GgufValue.Of((uint)spec.Embedding.TokenTypes);
        if (architecture is "gptneox" or "stablelm") Set("use_parallel_residual", GgufValue.Of(spec.Layers[0].Residual == ResidualTopology.Parallel));
        if (architecture == "falcon") Set("tensor_data_layout", GgufValue.Of("jploski"));
        if (spec.Head?.SoftCap is { } cap) Set("final_logit_softcapping", cap);
        if (architecture != "granite") return;
        Set("embedding_scale", spec.Embedding.Scale);
        Set("residual_scale", spec.Layers[0].ResidualScale);
        Set("logit_scale", 1 / (spec.Head?.Scale ?? 1));
        Set("attention.scale", spec.Layers[0].Attention!.EffectiveScale);
    }

    private void Attention()
    {
        AttentionSpec? a = spec.Layers.Select(l => l.Attention).FirstOrDefault(x => x is not null);
        if (a is null)
        {
            Set("attention.head_count", 0);
            return;
        }

        Set("attention.head_count", a.Heads);
        Set("attention.head_count_kv", a.Latent is null ? a.KeyValueHeads : 1);
        int rotated = a.Latent?.RopeSize ?? (a.Rope is { Size: > 0 } rope ? rope.Size : a.HeadSize);
        if (a.Latent is { } latent)
        {
            Set("attention.key_length", latent.KeyValueRank + latent.RopeSize);
            Set("attention.value_length", latent.KeyValueRank);
            Set("attention.key_length_mla", a.HeadSize);
            Set("attention.value_length_mla", a.ValueSize);
            Set("attention.kv_lora_rank", latent.KeyValueRank);
            if (latent.QueryRank > 0) Set("attention.q_lora_rank", latent.QueryRank);
        }
        else
        {
            Set("attention.key_length", a.HeadSize);
            Set("attention.value_length", a.ValueSize);
        }

        if (a.SoftCap is { } cap) Set("attn_logit_softcapping", cap);
        if (architecture == "phi3" || spec.Layers.Any(l => l.Attention?.Window > 0) && architecture is "gemma2" or "gemma3" or "gpt-oss")
            Set("attention.sliding_window", spec.Layers.Max(l => l.Attention?.Window ?? 0));
        AttentionSpec[] turning = [.. spec.Layers.Select(l => l.Attention).Where(x => x?.Rope is not null)!];
        if (turning.Length == 0) return;
        RopeSpec global = (turning.FirstOrDefault(x => x.Window == 0) ?? turning[0]).Rope!, local = (turning.FirstOrDefault(x => x.Window > 0) ?? turning[0]).Rope!;
        Set("rope.dimension_count", rotated);
        Set("rope.freq_base", (float)global.Theta);
        if (architecture == "gemma3") Set("rope.freq_base_swa", (float)local.Theta);
        Scaling(global.Scaling, a);
    }

    private void Scaling(RopeScalingSpec? scaling, AttentionSpec a)
    {
        switch (scaling?.Kind)
        {
            case RopeScalingKind.Linear:
                Set("rope.scaling.type", GgufValue.Of("linear"));
                Set("rope.scaling.factor", (float)scaling.Factor);
                break;
            case RopeScalingKind.Yarn:
                Set("rope.scaling.type", GgufValue.Of("yarn"));
                Set("rope.scaling.factor", (float)scaling.Factor);
                Set("rope.scaling.original_context_length", scaling.OriginalContext);
                Set("rope.scaling.yarn_beta_fast", (float)scaling.BetaFast);
                Set("rope.scaling.yarn_beta_slow", (float)scaling.BetaSlow);
                if (a.Latent is not null)
                {
                    // The softmax scale has the square of 1 + 0.1 mscale_all_dim ln(factor) in it.
                    double raised = Math.Sqrt(a.EffectiveScale * Math.Sqrt(a.HeadSize));
                    Set("rope.scaling.yarn_log_multiplier", (float)((raised - 1) / Math.Log(scaling.Factor)));
                }
                else if (scaling.AttentionFactor is { } factor)
                {
                    Set("rope.scaling.attn_factor", (float)factor);
                }

                break;
            case RopeScalingKind.LongRope:
                double stretch = scaling.Factor, original = scaling.OriginalContext;
                Set("rope.scaling.original_context_length", scaling.OriginalContext);
                Set("rope.scaling.attn_factor", (float)(scaling.AttentionFactor ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(original))))));
                break;
        }
    }

    private void FeedForward()
    {
        FeedForwardSpec? dense = spec.Layers.Select(l => l.FeedForward).FirstOrDefault(f => f is { Experts: null });
        FeedForwardSpec? sparse = spec.Layers.Select(l => l.FeedForward).FirstOrDefault(f => f?.Experts is not null);
        Set("feed_forward_length", (dense ?? sparse)?.InnerSize ?? 0);
        if (sparse?.Experts is not { } experts) return;
        Set("expert_count", experts.Count);
        Set("expert_used_count", experts.Used);
        if (architecture == "llama") return;
        Set("expert_feed_forward_length", sparse.InnerSize);
        if (architecture == "qwen2moe") Set("expert_shared_feed_forward_length", experts.SharedInnerSize);
        if (architecture != "deepseek2") return;
        Set("leading_dense_block_count", spec.Layers.TakeWhile(l => l.FeedForward?.Experts is null).Count());
        Set("expert_shared_count", experts.SharedInnerSize / sparse.InnerSize);
        Set("expert_weights_scale", experts.Scale);
        Set("expert_weights_norm", GgufValue.Of(experts.Normalize));
        Set("expert_group_count", experts.Groups);
        Set("expert_group_used_count", experts.GroupsUsed);
        Set("expert_gating_func", experts.Router == RouterKind.Sigmoid ? 2 : 1);
    }

    private void StateSpace()
    {
        if (spec.Layers[0].StateSpace is not { } s) return;
        Set("ssm.conv_kernel", s.ConvolutionSize);
        Set("ssm.inner_size", s.InnerSize);
        Set("ssm.state_size", s.StateSize);
        Set("ssm.time_step_rank", s.Kind == StateSpaceKind.Mamba ? s.StepRank : s.Heads);
        if (s.Kind == StateSpaceKind.Mamba2) Set("ssm.group_count", s.Groups);
        else Set("ssm.dt_b_c_rms", GgufValue.Of(s.StepNormEpsilon is not null));
    }

    private void Set(string key, int value) => Set(key, GgufValue.Of((uint)value));

    private void Set(string key, float value) => Set(key, GgufValue.Of(value));

    private void Set(string key, GgufValue value) => metadata[$"{architecture}.{key}"] = value;
}

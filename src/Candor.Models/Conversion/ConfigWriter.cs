using System.Text.Json.Nodes;
using Candor.Formats;

namespace Candor.Models.Conversion;

/// <summary>Writes the config.json of a model that is only known from GGUF, in the spelling of each family in transformers.</summary>
internal static class ConfigWriter
{
    /// <summary>The config.</summary>
    /// <exception cref="ModelFormatException">This architecture cannot be written as config.json.</exception>
    public static JsonObject Write(ModelSource source, ModelWeights weights)
    {
        ModelSpec spec = source.Spec;
        GgufMetadata metadata = source.Gguf!.Metadata;
        string architecture = metadata.GetString("general.architecture");
        JsonObject config = architecture switch
        {
            "llama" => Llama(spec, weights),
            "qwen2" => Decoder(spec, "qwen2", "Qwen2ForCausalLM"),
            "qwen3" => With(Decoder(spec, "qwen3", "Qwen3ForCausalLM"), ("attention_bias", weights.Stored("query.bias", 0) is not null)),
            "qwen2moe" => Experts(Decoder(spec, "qwen2_moe", "Qwen2MoeForCausalLM"), spec),
            "qwen3moe" => Experts(Decoder(spec, "qwen3_moe", "Qwen3MoeForCausalLM"), spec),
            "gemma" => With(Decoder(spec, "gemma", "GemmaForCausalLM"), ("hidden_activation", "gelu_pytorch_tanh")),
            "gemma2" => Gemma2(spec),
            "gemma3" => Gemma3(spec),
            "phi3" => Phi3(spec),
            "olmo2" => Decoder(spec, "olmo2", "Olmo2ForCausalLM"),
            "granite" => Granite(spec),
            "smollm3" => With(Decoder(spec, "smollm3", "SmolLM3ForCausalLM"), ("no_rope_layer_interval", 4)),
            "stablelm" => StableLm(spec, weights),
            "gpt2" => Gpt2(spec),
            "gptneox" => GptNeoX(spec),
            "falcon" => Falcon(spec),
            "mamba" => Mamba(spec),
            "mamba2" => Mamba2(spec),
            "bert" => Bert(spec),
            _ => throw new ModelFormatException(source.Path, "general.architecture", $"'{architecture}' cannot be written as config.json from GGUF metadata alone; only files that candor converted keep theirs"),
        };
        foreach ((string key, string token) in (ReadOnlySpan<(string, string)>)[("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id"), ("pad_token_id", "padding_token_id")])
            if (metadata.TryGetInt32($"tokenizer.ggml.{token}", out int id)) config[key] = id;
        return config;
    }

    private static JsonObject With(JsonObject config, params ReadOnlySpan<(string Key, JsonNode? Value)> more)
    {
        foreach ((string key, JsonNode? value) in more) config[key] = value;
        return config;
    }

    /// <summary>What LLaMA and its relatives have in common.</summary>
    private static JsonObject Decoder(ModelSpec spec, string type, string name)
    {
        AttentionSpec a = spec.Layers[0].Attention!;
        JsonObject config = With(
            Head(spec, type, name), ("hidden_act", "silu"), ("num_attention_heads", a.Heads), ("num_key_value_heads", a.KeyValueHeads), ("head_dim", a.HeadSize),
            ("intermediate_size", (spec.Layers.FirstOrDefault(l => l.FeedForward?.Experts is null) ?? spec.Layers[0]).FeedForward!.InnerSize),
            ("max_position_embeddings", spec.ContextLength), ("rms_norm_eps", Number(spec.FinalNorm!.Epsilon)));
        RopeSpec? rope = spec.Layers.Select(l => l.Attention?.Rope).FirstOrDefault(r => r is not null);
        if (rope is null) return config;
        config["rope_theta"] = Number((float)rope.Theta);
        if (Scaling(rope, spec) is { } scaling) config["rope_scaling"] = scaling;
        return config;
    }

    private static JsonObject Head(ModelSpec spec, string type, string name) => new()
    {
        ["architectures"] = new JsonArray((JsonNode)name), ["model_type"] = type, ["vocab_size"] = spec.VocabularySize, ["hidden_size"] = spec.HiddenSize,
        ["num_hidden_layers"] = spec.Layers.Count, ["tie_word_embeddings"] = spec.Head?.Tied ?? false,
    };

    private static JsonObject? Scaling(RopeSpec rope, ModelSpec spec) => rope.Scaling switch
    {
        null => null,
        { Kind: RopeScalingKind.Linear } s => new() { ["rope_type"] = "linear", ["factor"] = Number((float)s.Factor) },
        { Kind: RopeScalingKind.Yarn } s => With(
            new() { ["rope_type"] = "yarn", ["factor"] = Number((float)s.Factor), ["original_max_position_embeddings"] = s.OriginalContext, ["beta_fast"] = Number((float)s.BetaFast), ["beta_slow"] = Number((float)s.BetaSlow) },
            s.AttentionFactor is { } factor ? [("attention_factor", Number((float)factor))] : []),
        { } s => throw new ModelFormatException(spec.Architecture, "rope_scaling", $"the factors of {s.Kind} rope stand in the file as numbers, from which config.json's parameters cannot be told; only files that candor converted keep them"),
    };

    private static JsonObject Llama(ModelSpec spec, ModelWeights weights)
    {
        bool mixtral = spec.Layers[0].FeedForward?.Experts is not null;
        JsonObject config = Decoder(spec, mixtral ? "mixtral" : "llama", mixtral ? "MixtralForCausalLM" : "LlamaForCausalLM");
        if (mixtral) return With(config, ("num_local_experts", spec.Layers[0].FeedForward!.Experts!.Count), ("num_experts_per_tok", spec.Layers[0].FeedForward!.Experts!.Used), ("sliding_window", null));
        return With(config, ("attention_bias", weights.Stored("query.bias", 0) is not null), ("mlp_bias", weights.Stored("up.bias", 0) is not null));
    }

    private static JsonObject Experts(JsonObject config, ModelSpec spec)
    {
        LayerSpec[] sparse = [.. spec.Layers.Where(l => l.FeedForward?.Experts is not null)];
        ExpertsSpec experts = sparse[0].FeedForward!.Experts!;
        JsonArray dense = [.. spec.Layers.Select((l, i) => (l, i)).Where(x => x.l.FeedForward?.Experts is null).Select(x => (JsonNode)x.i)];
        return With(
            config, ("num_experts", experts.Count), ("num_experts_per_tok", experts.Used), ("norm_topk_prob", experts.Normalize), ("moe_intermediate_size", sparse[0].FeedForward!.InnerSize),
            ("shared_expert_intermediate_size", experts.SharedInnerSize), ("mlp_only_layers", dense));
    }

    private static JsonObject Gemma2(ModelSpec spec)
    {
        AttentionSpec a = spec.Layers[0].Attention!;
        return With(
            Decoder(spec, "gemma2", "Gemma2ForCausalLM"), ("hidden_activation", "gelu_pytorch_tanh"), ("sliding_window", spec.Layers.Max(l => l.Attention!.Window)),
            ("query_pre_attn_scalar", Number(MathF.Round(1 / (a.EffectiveScale * a.EffectiveScale)))), ("attn_logit_softcapping", Number(a.SoftCap)), ("final_logit_softcapping", Number(spec.Head!.SoftCap)));
    }

    private static JsonObject Gemma3(ModelSpec spec)
    {
        AttentionSpec local = spec.Layers[0].Attention!, global = spec.Layers.Select(l => l.Attention!).FirstOrDefault(a => a.Window == 0) ?? local;
        JsonObject config = With(
            Decoder(spec, "gemma3_text", "Gemma3ForCausalLM"), ("hidden_activation", "gelu_pytorch_tanh"), ("sliding_window", spec.Layers.Max(l => l.Attention!.Window)),
            ("sliding_window_pattern", 6), ("query_pre_attn_scalar", Number(MathF.Round(1 / (local.EffectiveScale * local.EffectiveScale)))),
            ("rope_theta", Number((float)global.Rope!.Theta)), ("rope_local_base_freq", Number((float)local.Rope!.Theta)), ("final_logit_softcapping", Number(spec.Head!.SoftCap)));
        config.Remove("rope_scaling");
        if (Scaling(global.Rope, spec) is { } scaling) config["rope_scaling"] = scaling;
        return config;
    }

    private static JsonObject Phi3(ModelSpec spec)
    {
        int window = spec.Layers[0].Attention!.Window;
        return With(Decoder(spec, "phi3", "Phi3ForCausalLM"), ("sliding_window", window == 0 ? null : window));
    }

    private static JsonObject Granite(ModelSpec spec) => With(
        Decoder(spec, "granite", "GraniteForCausalLM"), ("embedding_multiplier", Number(spec.Embedding.Scale)), ("residual_multiplier", Number(spec.Layers[0].ResidualScale)),
        ("attention_multiplier", Number(spec.Layers[0].Attention!.EffectiveScale)), ("logits_scaling", Number(1 / spec.Head!.Scale)));

    private static JsonObject StableLm(ModelSpec spec, ModelWeights weights)
    {
        AttentionSpec a = spec.Layers[0].Attention!;
        return With(
            Decoder(spec, "stablelm", "StableLmForCausalLM"), ("layer_norm_eps", Number(spec.FinalNorm!.Epsilon)), ("use_qkv_bias", weights.Stored("query.bias", 0) is not null),
            ("partial_rotary_factor", Number((float)(a.Rope!.Size == 0 ? a.HeadSize : a.Rope.Size) / a.HeadSize)), ("use_parallel_residual", spec.Layers[0].Residual == ResidualTopology.Parallel));
    }

    private static JsonObject Gpt2(ModelSpec spec) => With(
        Head(spec, "gpt2", "GPT2LMHeadModel"), ("n_embd", spec.HiddenSize), ("n_head", spec.Layers[0].Attention!.Heads), ("n_layer", spec.Layers.Count),
        ("n_inner", spec.Layers[0].FeedForward!.InnerSize), ("n_positions", spec.ContextLength), ("layer_norm_epsilon", Number(spec.FinalNorm!.Epsilon)), ("activation_function", "gelu_new"));

    private static JsonObject GptNeoX(ModelSpec spec)
    {
        AttentionSpec a = spec.Layers[0].Attention!;
        return With(
            Head(spec, "gpt_neox", "GPTNeoXForCausalLM"), ("num_attention_heads", a.Heads), ("intermediate_size", spec.Layers[0].FeedForward!.InnerSize),
            ("max_position_embeddings", spec.ContextLength), ("layer_norm_eps", Number(spec.FinalNorm!.Epsilon)), ("hidden_act", "gelu"),
            ("rotary_pct", Number((float)(a.Rope!.Size == 0 ? a.HeadSize : a.Rope.Size) / a.HeadSize)), ("rotary_emb_base", Number((float)a.Rope.Theta)),
            ("use_parallel_residual", spec.Layers[0].Residual == ResidualTopology.Parallel));
    }

    private static JsonObject Falcon(ModelSpec spec)
    {
        LayerSpec layer = spec.Layers[0];
        bool grouped = layer.Attention!.KeyValueHeads > 1 || layer.FeedForwardNorm is not null;
        return With(
            Head(spec, "falcon", "FalconForCausalLM"), ("num_attention_heads", layer.Attention.Heads), ("num_kv_heads", layer.Attention.KeyValueHeads), ("multi_query", !grouped),
            ("new_decoder_architecture", grouped), ("num_ln_in_parallel_attn", layer.FeedForwardNorm is null ? 1 : 2), ("parallel_attn", true), ("alibi", false), ("bias", false),
            ("ffn_hidden_size", layer.FeedForward!.InnerSize), ("max_position_embeddings", spec.ContextLength), ("layer_norm_epsilon", Number(spec.FinalNorm!.Epsilon)),
            ("rope_theta", Number((float)layer.Attention.Rope!.Theta)));
    }

    private static JsonObject Mamba(ModelSpec spec)
    {
        StateSpaceSpec s = spec.Layers[0].StateSpace!;
        bool falcon = s.StepNormEpsilon is not null;
        return With(
            Head(spec, falcon ? "falcon_mamba" : "mamba", falcon ? "FalconMambaForCausalLM" : "MambaForCausalLM"), ("intermediate_size", s.InnerSize), ("state_size", s.StateSize),
            ("conv_kernel", s.ConvolutionSize), ("time_step_rank", s.StepRank), ("layer_norm_epsilon", Number(spec.FinalNorm!.Epsilon)), ("use_bias", false), ("use_conv_bias", true));
    }

    private static JsonObject Mamba2(ModelSpec spec)
    {
        StateSpaceSpec s = spec.Layers[0].StateSpace!;
        return With(
            Head(spec, "mamba2", "Mamba2ForCausalLM"), ("expand", Number((float)s.InnerSize / spec.HiddenSize)), ("state_size", s.StateSize), ("conv_kernel", s.ConvolutionSize),
            ("num_heads", s.Heads), ("head_dim", s.InnerSize / s.Heads), ("n_groups", s.Groups), ("layer_norm_epsilon", Number(spec.FinalNorm!.Epsilon)), ("use_bias", false), ("use_conv_bias", true));
    }

    private static JsonObject Bert(ModelSpec spec)
    {
        LayerSpec layer = spec.Layers[0];
        JsonObject config = With(
            Head(spec, "bert", "BertModel"), ("num_attention_heads", layer.Attention!.Heads), ("intermediate_size", layer.FeedForward!.InnerSize), ("hidden_act", "gelu"),
            ("max_position_embeddings", spec.Embedding.LearnedPositions), ("type_vocab_size", spec.Embedding.TokenTypes), ("layer_norm_eps", Number(spec.Embedding.Norm!.Epsilon)));
        config.Remove("tie_word_embeddings");
        return config;
    }

    /// <summary>A float by its shortest digits: 1e-06 and not the nearest double of its single.</summary>
    private static JsonNode? Number(float? value) =>
        value is { } number ? JsonNode.Parse(number == MathF.Round(number) && Math.Abs(number) < 1e9 ? ((long)number).ToString(System.Globalization.CultureInfo.InvariantCulture) + ".0" : number.ToString("R", System.Globalization.CultureInfo.InvariantCulture)) : null;
}

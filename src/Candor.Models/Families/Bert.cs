using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>BERT (arXiv:1810.04805) as an encoder for embeddings: no output matrix, every token sees every other.</summary>
internal static class Bert
{
    public static Family Family { get; } = new("BERT", ["bert"], FromConfig, ["bert"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("hidden_size", 768), heads = c.GetInt("num_attention_heads", 12);
        if (heads < 1) throw c.Fault("num_attention_heads", $"is {heads}; at least 1 is needed");
        if (c.GetString("position_embedding_type", "absolute") != "absolute") throw c.Fault("position_embedding_type", "only absolute positions are supported");
        return Spec(
            c.GetInt("vocab_size", 30522), hidden, heads, Checked.Layers(c, c.GetInt("num_hidden_layers", 12)), c.GetInt("intermediate_size", 3072),
            c.GetInt("max_position_embeddings", 512), c.GetInt("type_vocab_size", 2), c.GetFloat("layer_norm_eps", 1e-12f),
            ConfigReading.Activation(c, "gelu", "hidden_act"), Names());
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        int types = file.Shape("token_types.weight") is [var rows, _] ? (int)Math.Min(rows, 1 << 20) : 0;
        Dictionary<string, string> names = GgufNames.With(
            ("position_embedding", "position_embd.weight"), ("token_type_embedding", "token_types.weight"),
            ("embedding_norm", "token_embd_norm.weight"), ("embedding_norm.bias", "token_embd_norm.bias ?"),
            ("mixer_post_norm", "blk.{layer}.attn_output_norm.weight"), ("mixer_post_norm.bias", "blk.{layer}.attn_output_norm.bias ?"),
            ("feed_forward_post_norm", "blk.{layer}.layer_output_norm.weight"), ("feed_forward_post_norm.bias", "blk.{layer}.layer_output_norm.bias ?"));
        return Spec(
            g.Vocabulary, g.Hidden, g.Heads[0], g.Layers, g.Int("feed_forward_length"), g.Context, types, g.LayerEpsilon, ActivationKind.Gelu, names);
    }

    private static ModelSpec Spec(
        int vocabulary, int hidden, int heads, int layers, int inner, int context, int types, float epsilon, ActivationKind activation, Dictionary<string, string> names)
    {
        var norm = new NormSpec { Kind = NormKind.Layer, Epsilon = epsilon };
        var layer = new LayerSpec
        {
            Residual = ResidualTopology.PostNorm,
            Attention = new AttentionSpec { Heads = heads, KeyValueHeads = heads, HeadSize = hidden / Math.Max(heads, 1) },
            MixerPostNorm = norm,
            FeedForward = new FeedForwardSpec { InnerSize = inner, Gated = false, Activation = activation },
            FeedForwardPostNorm = norm,
        };
        return new ModelSpec
        {
            Architecture = "bert", VocabularySize = vocabulary, HiddenSize = hidden, ContextLength = context, Causal = false,
            Embedding = new EmbeddingSpec { LearnedPositions = context, TokenTypes = types, Norm = norm },
            Layers = [.. Enumerable.Repeat(layer, layers)], Head = null, Tensors = names,
        };
    }

    private static Dictionary<string, string> Names()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string role, string name) in (ReadOnlySpan<(string, string)>)
        [
            ("embedding", "embeddings.word_embeddings.weight"), ("position_embedding", "embeddings.position_embeddings.weight"),
            ("token_type_embedding", "embeddings.token_type_embeddings.weight"),
            ("embedding_norm", "embeddings.LayerNorm.weight"), ("embedding_norm.bias", "embeddings.LayerNorm.bias"),
            ("query", "encoder.layer.{layer}.attention.self.query.weight"), ("query.bias", "encoder.layer.{layer}.attention.self.query.bias"),
            ("key", "encoder.layer.{layer}.attention.self.key.weight"), ("key.bias", "encoder.layer.{layer}.attention.self.key.bias"),
            ("value", "encoder.layer.{layer}.attention.self.value.weight"), ("value.bias", "encoder.layer.{layer}.attention.self.value.bias"),
            ("attention_output", "encoder.layer.{layer}.attention.output.dense.weight"), ("attention_output.bias", "encoder.layer.{layer}.attention.output.dense.bias"),
            ("mixer_post_norm", "encoder.layer.{layer}.attention.output.LayerNorm.weight"), ("mixer_post_norm.bias", "encoder.layer.{layer}.attention.output.LayerNorm.bias"),
            ("up", "encoder.layer.{layer}.intermediate.dense.weight"), ("up.bias", "encoder.layer.{layer}.intermediate.dense.bias"),
            ("down", "encoder.layer.{layer}.output.dense.weight"), ("down.bias", "encoder.layer.{layer}.output.dense.bias"),
            ("feed_forward_post_norm", "encoder.layer.{layer}.output.LayerNorm.weight"), ("feed_forward_post_norm.bias", "encoder.layer.{layer}.output.LayerNorm.bias"),
        ])
        {
            names[role] = $"{name} || bert.{name}";
        }

        return names;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Candor.Models;

/// <summary>
/// Fills in what the JSON of a spec leaves out. The serializer's generated code gives a missing member the zero of its type
/// and not the default of its record, so the defaults are written into the JSON before it reads it.
/// </summary>
internal static class SpecDefaults
{
    private static readonly JsonObject Norm = Of(new NormSpec(), ModelSpecContext.Default.NormSpec);
    private static readonly JsonObject Embedding = Of(new EmbeddingSpec(), ModelSpecContext.Default.EmbeddingSpec);
    private static readonly JsonObject Head = Of(new HeadSpec(), ModelSpecContext.Default.HeadSpec);
    private static readonly JsonObject Layer = Of(new LayerSpec(), ModelSpecContext.Default.LayerSpec);
    private static readonly JsonObject Rope = Of(new RopeSpec(), ModelSpecContext.Default.RopeSpec);
    private static readonly JsonObject Alibi = Of(new AlibiSpec(), ModelSpecContext.Default.AlibiSpec);
    private static readonly JsonObject Scaling = Of(new RopeScalingSpec { Kind = default }, ModelSpecContext.Default.RopeScalingSpec, "kind");
    private static readonly JsonObject Latent = Of(new LatentAttentionSpec { KeyValueRank = 0, RopeSize = 0 }, ModelSpecContext.Default.LatentAttentionSpec, "key_value_rank", "rope_size");
    private static readonly JsonObject Experts = Of(new ExpertsSpec { Count = 0, Used = 0 }, ModelSpecContext.Default.ExpertsSpec, "count", "used");
    private static readonly JsonObject Attention = Of(new AttentionSpec { Heads = 0, KeyValueHeads = 0, HeadSize = 0 }, ModelSpecContext.Default.AttentionSpec, "heads", "key_value_heads", "head_size");
    private static readonly JsonObject FeedForward = Of(
        new FeedForwardSpec { InnerSize = 0, Activation = default, Gated = false }, ModelSpecContext.Default.FeedForwardSpec, "inner_size", "activation", "gated");
    private static readonly JsonObject StateSpace = Of(
        new StateSpaceSpec { Kind = default, InnerSize = 0, StateSize = 0 }, ModelSpecContext.Default.StateSpaceSpec, "kind", "inner_size", "state_size");
    private static readonly JsonObject Model = Of(
        new ModelSpec { Architecture = "", VocabularySize = 0, HiddenSize = 0, Layers = [], Tensors = new Dictionary<string, string>() },
        ModelSpecContext.Default.ModelSpec, "architecture", "vocabulary_size", "hidden_size", "layers", "tensors");

    /// <summary>Fills in a whole spec.</summary>
    public static void Fill(JsonNode? spec)
    {
        Merge(spec, Model);
        Merge(Member(spec, "embedding"), Embedding);
        Merge(Member(Member(spec, "embedding"), "norm"), Norm);
        Merge(Member(spec, "head"), Head);
        Merge(Member(spec, "final_norm"), Norm);
        if (Member(spec, "layers") is not JsonArray layers) return;
        foreach (JsonNode? layer in layers) FillLayer(layer);
    }

    private static void FillLayer(JsonNode? layer)
    {
        Merge(layer, Layer);
        foreach (string norm in (string[])["mixer_norm", "mixer_post_norm", "feed_forward_norm", "feed_forward_post_norm"]) Merge(Member(layer, norm), Norm);
        JsonNode? attention = Member(layer, "attention"), feedForward = Member(layer, "feed_forward"), stateSpace = Member(layer, "state_space");
        Merge(attention, Attention);
        Merge(Member(attention, "query_key_norm"), Norm);
        Merge(Member(attention, "rope"), Rope);
        Merge(Member(Member(attention, "rope"), "scaling"), Scaling);
        Merge(Member(attention, "alibi"), Alibi);
        Merge(Member(attention, "latent"), Latent);
        Merge(feedForward, FeedForward);
        Merge(Member(feedForward, "experts"), Experts);
        Merge(stateSpace, StateSpace);
        Merge(Member(stateSpace, "gated_norm"), Norm);
    }

    private static JsonObject Of<T>(T value, JsonTypeInfo<T> type, params string[] required)
    {
        JsonObject defaults = JsonSerializer.SerializeToNode(value, type)!.AsObject();
        foreach (string name in required) defaults.Remove(name);
        return defaults;
    }

    private static JsonNode? Member(JsonNode? node, string name) => node is JsonObject o && o.TryGetPropertyValue(name, out JsonNode? member) ? member : null;

    private static void Merge(JsonNode? node, JsonObject defaults)
    {
        if (node is not JsonObject target) return;
        foreach ((string name, JsonNode? value) in defaults)
            if (!target.ContainsKey(name)) target[name] = value?.DeepClone();
    }
}

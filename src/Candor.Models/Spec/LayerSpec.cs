namespace Candor.Models;

/// <summary>
/// One layer: a mixer (attention, a state-space block, or both side by side) and a feed-forward part, with norms before
/// or after each and a residual topology.
/// </summary>
public sealed record LayerSpec
{
    /// <summary>In a JSON spec: how many equal layers this entry stands for. Expanded on reading.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How mixer and feed-forward join the residual stream.</summary>
    public ResidualTopology Residual { get; init; }

    /// <summary>Factor on what each part adds to the residual stream (Granite). Default 1.</summary>
    public float ResidualScale { get; init; } = 1;

    /// <summary>Norm before the mixer (role <c>mixer_norm</c>).</summary>
    public NormSpec? MixerNorm { get; init; }

    /// <summary>Norm of the mixer's output, before it is added (role <c>mixer_post_norm</c>; Gemma 2, OLMo 2).</summary>
    public NormSpec? MixerPostNorm { get; init; }

    /// <summary>Attention; null for none.</summary>
    public AttentionSpec? Attention { get; init; }

    /// <summary>A state-space block; null for none. With attention too, both read the same norm and their outputs add up (Falcon-H1).</summary>
    public StateSpaceSpec? StateSpace { get; init; }

    /// <summary>Norm before the feed-forward part (role <c>feed_forward_norm</c>). In parallel topology null means: the mixer's norm serves both.</summary>
    public NormSpec? FeedForwardNorm { get; init; }

    /// <summary>Norm of the feed-forward output, before it is added (role <c>feed_forward_post_norm</c>).</summary>
    public NormSpec? FeedForwardPostNorm { get; init; }

    /// <summary>The feed-forward part; null for none (Mamba).</summary>
    public FeedForwardSpec? FeedForward { get; init; }
}

/// <summary>How a layer's parts join the residual stream x.</summary>
public enum ResidualTopology
{
    /// <summary>x ← x + mixer(norm(x)); x ← x + ff(norm(x)). With post norms: the sandwich of Gemma 2 and 3.</summary>
    Sequential,
    /// <summary>x ← x + mixer(norm(x)) + ff(norm′(x)): both read the same x (Falcon, GPT-NeoX).</summary>
    Parallel,
    /// <summary>x ← norm(x + mixer(x)); x ← norm′(x + ff(x)): the first transformer and BERT. The post norms apply to the sums.</summary>
    PostNorm,
}

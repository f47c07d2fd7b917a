namespace Candor.Models;

/// <summary>Multi-head attention with grouped keys and values. Biases are used where the tensors exist.</summary>
public sealed record AttentionSpec
{
    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of a query and key head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Size of a value head; 0 means <see cref="HeadSize"/>.</summary>
    public int ValueHeadSize { get; init; }

    /// <summary>Factor on query · key; 0 means 1 / √<see cref="HeadSize"/>.</summary>
    public float Scale { get; init; }

    /// <summary>Rotary positions; null for none.</summary>
    public RopeSpec? Rope { get; init; }

    /// <summary>Keys that a query sees, its own position included; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Tokens are seen in chunks of this size only; 0 for none (Llama 4).</summary>
    public int Chunk { get; init; }

    /// <summary>scores ← cap · tanh(scores / cap); null for none.</summary>
    public float? SoftCap { get; init; }

    /// <summary>Linear biases of Press et al. (arXiv:2108.12409); null for none.</summary>
    public AlibiSpec? Alibi { get; init; }

    /// <summary>A learned score a head that takes part in the softmax and adds nothing (role <c>sinks</c>; gpt-oss).</summary>
    public bool Sinks { get; init; }

    /// <summary>Norm of queries and keys before rope; null for none (roles <c>query_norm</c>, <c>key_norm</c>).</summary>
    public NormSpec? QueryKeyNorm { get; init; }

    /// <summary>Whether that norm runs over the whole projection (OLMo 2) and not head by head (Qwen 3, Gemma 3).</summary>
    public bool QueryKeyNormWhole { get; init; }

    /// <summary>Whether that norm comes after rope (Hunyuan) and not before.</summary>
    public bool QueryKeyNormAfterRope { get; init; }

    /// <summary>Queries, keys and values are clamped to ± this after projection; null for none (OLMo, DBRX).</summary>
    public float? ClampQkv { get; init; }

    /// <summary>Factor on the block's input (Falcon-H1). Default 1.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Factor on the keys (Falcon-H1). Default 1.</summary>
    public float KeyScale { get; init; } = 1;

    /// <summary>Factor on the block's output (Falcon-H1). Default 1.</summary>
    public float OutputScale { get; init; } = 1;

    /// <summary>Latent queries, keys and values (DeepSeek); null for plain ones.</summary>
    public LatentAttentionSpec? Latent { get; init; }

    /// <summary>Size of a value head, resolved.</summary>
    internal int ValueSize => ValueHeadSize == 0 ? HeadSize : ValueHeadSize;

    /// <summary>Factor on query · key, resolved.</summary>
    internal float EffectiveScale => Scale == 0 ? (float)(1 / Math.Sqrt(HeadSize)) : Scale;
}

/// <summary>Linear attention biases: score += slope(head) · key position.</summary>
public sealed record AlibiSpec
{
    /// <summary>Whether the bias too is multiplied by the attention scale (Falcon-RW: yes; MPT, BLOOM: no).</summary>
    public bool Scaled { get; init; }

    /// <summary>Largest exponent of the slopes: slope of head h of n is 2^(−max·(h+1)/n). Default 8.</summary>
    public float MaxBias { get; init; } = 8;
}

/// <summary>Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): low-rank queries, one shared low-rank key-value latent, a rotary part apart.</summary>
public sealed record LatentAttentionSpec
{
    /// <summary>Rank of the query latent; 0 for full queries.</summary>
    public int QueryRank { get; init; }

    /// <summary>Rank of the key-value latent.</summary>
    public required int KeyValueRank { get; init; }

    /// <summary>Rotary part of a head: the last elements of query and key; shared by all heads in the key.</summary>
    public required int RopeSize { get; init; }

    /// <summary>Epsilon of the latents' RMS norms.</summary>
    public float Epsilon { get; init; } = 1e-6f;
}

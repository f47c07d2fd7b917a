namespace Candor.Models;

/// <summary>
/// An architecture as data: everything that is needed to run a model besides the numbers in its weights.
/// A family file makes one from <c>config.json</c> or from GGUF metadata; a user may write one as JSON.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>The architecture's name, as its config or metadata spells it: <c>llama</c>, <c>falcon</c>, <c>gemma2</c>, …</summary>
    public required string Architecture { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Tokens that the model was made for; 0 where it has no limit (state-space models).</summary>
    public int ContextLength { get; init; }

    /// <summary>How ids become the first residual stream.</summary>
    public EmbeddingSpec Embedding { get; init; } = new();

    /// <summary>The layers, first to last. In JSON, a layer with <c>repeat</c> stands for that many equal ones.</summary>
    public required IReadOnlyList<LayerSpec> Layers { get; init; }

    /// <summary>The norm after the last layer; null for none.</summary>
    public NormSpec? FinalNorm { get; init; }

    /// <summary>The output matrix; null for an encoder without one (then only hidden states come out).</summary>
    public HeadSpec? Head { get; init; } = new();

    /// <summary>Whether a token sees only itself and earlier ones. False for encoders such as BERT.</summary>
    public bool Causal { get; init; } = true;

    /// <summary>
    /// Where each weight lies: role → source, in the language of <see cref="WeightSource"/>. <c>{layer}</c> and
    /// <c>{expert}</c> stand for indices.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Tensors { get; init; }
}

/// <summary>How ids become the first residual stream.</summary>
public sealed record EmbeddingSpec
{
    /// <summary>Factor on the token embedding (Gemma: √width; Granite, Falcon-H1: from the config). Default 1.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Rows of a learned position table that is added (GPT-2, BERT); 0 for none.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>Added to a position before the table is looked up (OPT and RoBERTa: 2). Default 0.</summary>
    public int PositionOffset { get; init; }

    /// <summary>Rows of a token-type table whose row is added (BERT); 0 for none.</summary>
    public int TokenTypes { get; init; }

    /// <summary>A norm on the sum; null for none.</summary>
    public NormSpec? Norm { get; init; }
}

/// <summary>The output matrix: hidden state to logits.</summary>
public sealed record HeadSpec
{
    /// <summary>Whether the token embedding serves as the output matrix where no separate one is stored.</summary>
    public bool Tied { get; init; }

    /// <summary>Factor on the logits (Granite: 1 / logits_scaling). Default 1.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>logits ← cap · tanh(logits / cap); null for none (Gemma 2, arXiv:2408.00118).</summary>
    public float? SoftCap { get; init; }
}

/// <summary>A normalisation. Its weight and bias are used where the tensors exist.</summary>
public sealed record NormSpec
{
    /// <summary>Kind of norm.</summary>
    public NormKind Kind { get; init; }

    /// <summary>Added to the mean square or variance.</summary>
    public float Epsilon { get; init; } = 1e-5f;
}

/// <summary>Kinds of normalisation.</summary>
public enum NormKind
{
    /// <summary>x / √(mean(x²) + ε) (arXiv:1910.07467).</summary>
    Rms,
    /// <summary>(x − mean) / √(variance + ε) (arXiv:1607.06450).</summary>
    Layer,
}

namespace Candor.Models;

/// <summary>Rotary position embedding (Su et al., arXiv:2104.09864).</summary>
public sealed record RopeSpec
{
    /// <summary>Base of the frequencies. Default 10,000.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>Elements of a head that turn: even; 0 for the whole head.</summary>
    public int Size { get; init; }

    /// <summary>Which elements form a pair.</summary>
    public RopePairing Pairing { get; init; }

    /// <summary>How the frequencies are stretched for longer contexts; null for none.</summary>
    public RopeScalingSpec? Scaling { get; init; }
}

/// <summary>Which elements of a head turn together.</summary>
public enum RopePairing
{
    /// <summary>i and i + size/2: Hugging Face files, and GGUF files of most families.</summary>
    Halves,
    /// <summary>2i and 2i+1: GGUF files of LLaMA, and DeepSeek.</summary>
    Neighbours,
}

/// <summary>Kinds of rope scaling.</summary>
public enum RopeScalingKind
{
    /// <summary>Positions divided by the factor (arXiv:2306.15595).</summary>
    Linear,
    /// <summary>NTK-aware base that grows with the sequence.</summary>
    Dynamic,
    /// <summary>YaRN: a ramp between interpolation and extrapolation, and a temperature (arXiv:2309.00071).</summary>
    Yarn,
    /// <summary>Llama 3.1: low frequencies divided, high ones kept, a smooth part between.</summary>
    Llama3,
    /// <summary>LongRoPE: a factor for each frequency, one list for short and one for long sequences (arXiv:2402.13753).</summary>
    LongRope,
    /// <summary>A divisor for each frequency, read from a tensor (role <c>rope_factors</c>; GGUF's <c>rope_freqs</c>).</summary>
    Factors,
}

/// <summary>How rope's frequencies are stretched. Only the fields of the chosen kind are used.</summary>
public sealed record RopeScalingSpec
{
    /// <summary>The kind.</summary>
    public required RopeScalingKind Kind { get; init; }

    /// <summary>How many times longer the context became. Default 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Tokens of the context before stretching; 0 where unknown.</summary>
    public int OriginalContext { get; init; }

    /// <summary>Llama 3: wavelengths longer than original / this are divided by the factor. Default 1.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama 3: wavelengths shorter than original / this are kept. Default 4.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: turns within the original context above which a frequency is kept. Default 32.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: turns below which a frequency is fully interpolated. Default 1.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: whether the ramp's ends are rounded to whole dimensions. Default true.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>Factor on cosine and sine; null: derived from the kind (YaRN: 0.1 ln s + 1; LongRoPE: √(1 + ln f / ln original)).</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>LongRoPE: a divisor for each frequency, for sequences within the original context.</summary>
    public IReadOnlyList<double>? ShortFactors { get; init; }

    /// <summary>LongRoPE: a divisor for each frequency, for longer sequences.</summary>
    public IReadOnlyList<double>? LongFactors { get; init; }

    /// <summary>LongRoPE: whether a sequence that outgrows the original context is read again, so that all its keys get the long factors (Phi-3). Default false.</summary>
    public bool Restart { get; init; }
}

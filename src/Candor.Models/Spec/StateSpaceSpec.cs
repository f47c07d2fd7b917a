namespace Candor.Models;

/// <summary>A selective state-space block: Mamba (arXiv:2312.00752) or Mamba-2 (arXiv:2405.21060).</summary>
public sealed record StateSpaceSpec
{
    /// <summary>Which of the two.</summary>
    public required StateSpaceKind Kind { get; init; }

    /// <summary>Inner width: channels of the scan.</summary>
    public required int InnerSize { get; init; }

    /// <summary>State size of a channel.</summary>
    public required int StateSize { get; init; }

    /// <summary>Taps of the causal convolution. Default 4.</summary>
    public int ConvolutionSize { get; init; } = 4;

    /// <summary>Mamba: rank of the step-size projection.</summary>
    public int StepRank { get; init; }

    /// <summary>Mamba-2: heads; divides <see cref="InnerSize"/>.</summary>
    public int Heads { get; init; }

    /// <summary>Mamba-2: groups that share B and C. Default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Mamba: epsilon of weightless RMS norms of step size, B and C (Falcon Mamba); null for none.</summary>
    public float? StepNormEpsilon { get; init; }

    /// <summary>Mamba-2: gated RMS norm before the output projection (role <c>ssm_norm</c>); null for a plain gate.</summary>
    public NormSpec? GatedNorm { get; init; }

    /// <summary>Mamba-2: whether that norm comes before the gate and not after.</summary>
    public bool NormBeforeGate { get; init; }

    /// <summary>Least step size after softplus. Default 0.</summary>
    public float StepMin { get; init; }

    /// <summary>Greatest step size after softplus. Default: none.</summary>
    public float StepMax { get; init; } = float.PositiveInfinity;

    /// <summary>Factor on the block's input (Falcon-H1). Default 1.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Factor on the block's output (Falcon-H1). Default 1.</summary>
    public float OutputScale { get; init; } = 1;

    /// <summary>Factors on the five zones of the input projection: gate, x, B, C, step (Falcon-H1); null for ones.</summary>
    public IReadOnlyList<float>? ZoneScales { get; init; }

    /// <summary>Mamba-2: pieces that the gated norm runs over separately. Default 1.</summary>
    public int NormGroups { get; init; } = 1;

    /// <summary>Channels of the convolution.</summary>
    internal int ConvolutionWidth => Kind == StateSpaceKind.Mamba ? InnerSize : InnerSize + 2 * Groups * StateSize;
}

/// <summary>Generations of the state-space block.</summary>
public enum StateSpaceKind
{
    /// <summary>A decay for each channel and state; step size, B and C from a projection after the convolution.</summary>
    Mamba,
    /// <summary>A scalar decay a head; everything from one projection before the convolution.</summary>
    Mamba2,
}

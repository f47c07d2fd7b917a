namespace Candor.Inference.Sampling;

/// <summary>
/// The steps whose order can be chosen. The others come before them, in this order: guidance, logit bias, repetition penalty,
/// frequency and presence penalty, DRY, no-repeat n-grams.
/// </summary>
public enum SamplingStep
{
    /// <summary><see cref="SamplingOptions.Temperature"/>, or the dynamic one.</summary>
    Temperature,

    /// <summary><see cref="SamplingOptions.TopNSigma"/>.</summary>
    TopNSigma,

    /// <summary><see cref="SamplingOptions.TopK"/>.</summary>
    TopK,

    /// <summary><see cref="SamplingOptions.TypicalP"/>.</summary>
    Typical,

    /// <summary><see cref="SamplingOptions.TopP"/>.</summary>
    TopP,

    /// <summary><see cref="SamplingOptions.MinP"/>.</summary>
    MinP,

    /// <summary><see cref="SamplingOptions.EpsilonCutoff"/>.</summary>
    EpsilonCutoff,

    /// <summary><see cref="SamplingOptions.EtaCutoff"/>.</summary>
    EtaCutoff,

    /// <summary><see cref="SamplingOptions.XtcProbability"/>.</summary>
    Xtc,
}

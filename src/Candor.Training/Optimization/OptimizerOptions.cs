namespace Candor.Training;

/// <summary>How weights follow their gradients.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW (Loshchilov and Hutter, arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>AdamW whose moments are kept in 8 bits (Dettmers et al., arXiv:2110.02861).</summary>
    AdamW8Bit,

    /// <summary>Muon for matrices, AdamW for all else (Jordan et al., Muon: an optimizer for hidden layers, 2024).</summary>
    Muon,

    /// <summary>Lion (Chen et al., arXiv:2302.06675).</summary>
    Lion,

    /// <summary>Adafactor (Shazeer and Stern, arXiv:1804.04235).</summary>
    Adafactor,

    /// <summary>AdamW that needs no schedule (Defazio et al., arXiv:2405.15682): the weights that are kept are a mean of all steps.</summary>
    ScheduleFree,

    /// <summary>Gradient descent, with momentum if wanted; decay is added to the gradient.</summary>
    Sgd,
}

/// <summary>Settings of an optimizer; each kind uses those that it knows.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients (Lion: of the momentum that is kept). Default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Each step takes this share, times the learning rate, of each weight away. Default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Whether <see cref="OptimizerKind.AdamW"/> divides by the largest mean square so far (AMSGrad; Reddi et al., arXiv:1904.09237). Default false.</summary>
    public bool Amsgrad { get; init; }

    /// <summary>Whether the Adam kinds add decay to the gradient, as Adam first had it (Kingma and Ba, arXiv:1412.6980), instead of taking it off the weight. Default false.</summary>
    public bool CoupledDecay { get; init; }

    /// <summary>Momentum of <see cref="OptimizerKind.Sgd"/> (default 0) and <see cref="OptimizerKind.Muon"/> (0.95 where this is 0).</summary>
    public double Momentum { get; init; }

    /// <summary>Share of the gradient that does not enter the momentum of <see cref="OptimizerKind.Sgd"/>. Default 0.</summary>
    public double Dampening { get; init; }

    /// <summary>Nesterov's look ahead, for <see cref="OptimizerKind.Sgd"/> and <see cref="OptimizerKind.Muon"/>. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Whether Muon's steps are as large as AdamW's, by 0.2 · √max(rows, columns), so that AdamW's rates suit it. Default false.</summary>
    public bool MatchRms { get; init; }

    /// <summary>Which weights decay; null: all.</summary>
    public Func<Parameter, bool>? Decays { get; init; }

    /// <summary>A factor on the learning rate of each weight; null: 1.</summary>
    public Func<Parameter, double>? RateFactor { get; init; }

    /// <summary>Matrices decay; norms, biases, embeddings and the output matrix do not.</summary>
    public static bool MatricesOnly(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return !parameter.IsVector && parameter.Role is not ("embedding" or "position_embedding" or "head");
    }
}

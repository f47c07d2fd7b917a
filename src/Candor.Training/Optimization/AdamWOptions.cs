namespace Candor.Training;

/// <summary>Settings of AdamW (Loshchilov and Hutter, arXiv:1711.05101).</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients. Default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Each step takes this share, times the learning rate, of each weight away. Default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

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

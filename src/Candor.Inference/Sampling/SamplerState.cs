namespace Candor.Inference.Sampling;

/// <summary>
/// What a sampler carries from token to token: the generator's place and mirostat's mu. Taken and put back, it makes a sampler
/// go on from there: for branching a text, or for repeating a step.
/// </summary>
public readonly record struct SamplerState
{
    internal Xoshiro256 Random { get; init; }

    /// <summary>Mirostat's present bound on the surprise, in bits.</summary>
    public double Mu { get; internal init; }
}

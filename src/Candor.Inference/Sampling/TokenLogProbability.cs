namespace Candor.Inference.Sampling;

/// <summary>A token and the natural logarithm of its probability.</summary>
/// <param name="Token">The token's id.</param>
/// <param name="LogProbability">In nats, at most 0; -Infinity for a token of probability 0.</param>
public readonly record struct TokenLogProbability(int Token, double LogProbability);

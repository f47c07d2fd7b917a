namespace Candor.Inference;

/// <summary>
/// Speculative decoding: tokens are guessed ahead, and the model reads all guesses at once. Every token is still drawn from the model's own
/// logits, in turn and by the same sampler; a guess is only kept while it is the token that was drawn. So the text is distributed as without
/// it, and where arithmetic does not depend on how many tokens are read at once, it is the same text.
/// (Leviathan et al., arXiv:2211.17192; guesses that are single tokens are accepted with the probability that the model gives them.)
/// </summary>
public sealed record SpeculationOptions
{
    /// <summary>Most tokens that are guessed at once, 1 to 64. Default 4.</summary>
    public int Tokens { get; init; } = 4;

    /// <summary>A smaller model with the same vocabulary that guesses, which stays the caller's. Null: guesses are what followed in the text so far where its last tokens occurred before.</summary>
    public LanguageModel? Draft { get; init; }

    /// <summary>Where a draft model guesses: the probability that its likeliest token must have, 0 to 1. Default 0.4.</summary>
    public double LeastProbability { get; init; } = 0.4;

    /// <summary>Where the text guesses: the most last tokens that must have occurred before, 1 or more; shorter ones are tried after longer. Default 4.</summary>
    public int LongestMatch { get; init; } = 4;

    /// <summary>Where the text guesses: the fewest last tokens that must have occurred before, 1 or more. Default 2.</summary>
    public int ShortestMatch { get; init; } = 2;
}

/// <summary>Guesses tokens ahead of a text.</summary>
internal interface ISpeculator : IDisposable
{
    /// <summary>Guesses what follows.</summary>
    /// <param name="text">All tokens so far.</param>
    /// <param name="guesses">Receives tokens, as many as there is room for at most.</param>
    /// <returns>How many there are; 0 where there is nothing to go by.</returns>
    int Guess(IReadOnlyList<int> text, Span<int> guesses);
}

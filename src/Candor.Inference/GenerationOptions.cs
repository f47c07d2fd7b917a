using Candor.Inference.Sampling;

namespace Candor.Inference;

/// <summary>How tokens are chosen and when a text ends.</summary>
public sealed record GenerationOptions
{
    /// <summary>How a token is drawn from the logits.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Balanced;

    /// <summary>Most tokens to generate, 0 or more. Default 512.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Texts that end the answer; none of them is shown.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Ids that end the answer, besides the model's own.</summary>
    public IReadOnlyCollection<int> StopIds { get; init; } = [];

    /// <summary>Whether to go on after the model's own end ids. Default false.</summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>Whether control tokens are shown in the text. Default false.</summary>
    public bool ShowSpecial { get; init; }

    /// <summary>Log-probabilities: null for none, 0 for those of the chosen tokens, n for the n likeliest as well.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Whether and how tokens are guessed ahead, for speed alone; null (default) for not.</summary>
    public SpeculationOptions? Speculation { get; init; }
}

/// <summary>A token and its log-probability under the raw logits.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">Natural logarithm.</param>
public readonly record struct TokenLogProbability(int Id, double LogProbability);

/// <summary>One generated token.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Text that became certain with it; may be empty, or hold what was held back before.</param>
/// <param name="LogProbability">Its log-probability under the raw logits, where asked for.</param>
/// <param name="Likeliest">The likeliest tokens at this place, where asked for.</param>
public sealed record GeneratedToken(int Id, string Text, double? LogProbability, IReadOnlyList<TokenLogProbability> Likeliest);

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>An end id or a stop text.</summary>
    Stop,
    /// <summary>The most tokens were reached, or the model's context was full.</summary>
    Length,
}

/// <summary>A finished generation.</summary>
/// <param name="Text">The text, without stop texts and end tokens.</param>
/// <param name="PromptIds">Tokens of the prompt.</param>
/// <param name="GeneratedIds">New tokens, one that ended the text included.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="PromptTime">Time to read the prompt.</param>
/// <param name="GenerationTime">Time to generate the rest.</param>
/// <param name="ReusedTokens">Tokens of the prompt that the session knew already.</param>
/// <param name="LogProbabilities">One a generated token, where asked for.</param>
public sealed record GenerationResult(
    string Text, IReadOnlyList<int> PromptIds, IReadOnlyList<int> GeneratedIds, FinishReason Finish, TimeSpan PromptTime, TimeSpan GenerationTime,
    int ReusedTokens, IReadOnlyList<GeneratedToken> LogProbabilities)
{
    /// <summary>Tokens that were guessed ahead.</summary>
    public int GuessedTokens { get; init; }

    /// <summary>Those of them that were right.</summary>
    public int RightGuesses { get; init; }
}

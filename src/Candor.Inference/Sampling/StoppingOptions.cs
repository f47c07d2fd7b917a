namespace Candor.Inference.Sampling;

/// <summary>When a text ends. <see cref="Validate"/> refuses what lies outside the ranges given here.</summary>
public sealed record StoppingOptions
{
    /// <summary>The largest <see cref="MaxTokens"/> that is taken for meant: 2^24.</summary>
    public const int MostTokens = 1 << 24;

    /// <summary>The most tokens to generate, 1 to 2^24; null: until something else ends the text.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the generation and are not part of it; see <see cref="StopMatcher"/> for their limits.</summary>
    public IReadOnlyList<string> Strings { get; init; } = [];

    /// <summary>
    /// Tokens that end the generation: every end id that the model names (of a turn, of the text), none where it names none.
    /// An absent id must not be entered as 0, which is an ordinary token.
    /// </summary>
    public IReadOnlyCollection<int> Tokens { get; init; } = [];

    /// <summary>Refuses values outside the ranges given with each option.</summary>
    /// <exception cref="SamplingOptionException">One is wrong.</exception>
    public void Validate()
    {
        if (MaxTokens is { } most) SamplingOptionException.Within(nameof(MaxTokens), most, 1, MostTokens);
        if (Tokens is null) throw new SamplingOptionException(nameof(Tokens), "Tokens is null, expected a collection, which may be empty");
        foreach (int token in Tokens)
            if (token < 0) throw new SamplingOptionException(nameof(Tokens), $"Tokens names token {token}, expected an id of 0 or more");
        StopMatcher.Check(Strings);
    }
}

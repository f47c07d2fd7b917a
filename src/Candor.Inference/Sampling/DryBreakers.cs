namespace Candor.Inference.Sampling;

/// <summary>Finding the tokens that end a repetition for DRY.</summary>
public static class DryBreakers
{
    /// <summary>The usual strings: line ends and the marks that set off speakers, quotations and lists.</summary>
    public static IReadOnlyList<string> Usual { get; } = Array.AsReadOnly(["\n", ":", "\"", "*"]);

    /// <summary>The tokens whose text contains one of the strings.</summary>
    /// <param name="vocabulary">How many tokens there are.</param>
    /// <param name="text">The text of a token; null for one that has none.</param>
    /// <param name="breakers">Strings; those that only arise across several tokens are not found.</param>
    /// <returns>Ids in rising order, for <see cref="SamplingOptions.DryBreakerTokens"/>.</returns>
    /// <exception cref="SamplingOptionException">A string is empty.</exception>
    public static IReadOnlyCollection<int> Find(int vocabulary, Func<int, string?> text, params IEnumerable<string> breakers)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] strings = [.. breakers];
        if (strings.Any(string.IsNullOrEmpty)) throw new SamplingOptionException(nameof(breakers), "a breaker is empty, expected at least one character");
        return [.. Enumerable.Range(0, vocabulary).Where(id => text(id) is { } t && strings.Any(s => t.Contains(s, StringComparison.Ordinal)))];
    }
}

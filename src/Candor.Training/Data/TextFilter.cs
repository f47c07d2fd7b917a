using System.Text.RegularExpressions;

namespace Candor.Training;

/// <summary>Which entries of the data are used. What is left out does not filter.</summary>
public sealed record RecipeFilter
{
    /// <summary>The fewest characters of an entry. Default 0.</summary>
    public int LeastCharacters { get; set; }

    /// <summary>The most characters of an entry; 0 (default) for any number.</summary>
    public int MostCharacters { get; set; }

    /// <summary>A regular expression that an entry must match somewhere, or null (default).</summary>
    public string? Matching { get; set; }

    /// <summary>A regular expression that an entry must match nowhere, or null (default).</summary>
    public string? NotMatching { get; set; }

    /// <summary>The least share of letters among the characters that are not spaces, 0 (default) to 1: keeps tables and scraps out.</summary>
    public double LeastLetters { get; set; }

    /// <summary>The most that an entry may repeat itself: the share of its runs of four words that occurred before in it. Default 1: any.</summary>
    public double MostRepetition { get; set; } = 1;
}

/// <summary>Applies a <see cref="RecipeFilter"/>. Thread-safe.</summary>
public sealed class TextFilter
{
    private const int Run = 4;
    private readonly RecipeFilter rules;
    private readonly Regex? matching, notMatching;

    /// <summary>Prepares a filter.</summary>
    /// <exception cref="TrainingException">A regular expression cannot be read, or a share is outside 0 to 1.</exception>
    public TextFilter(RecipeFilter rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        this.rules = rules;
        (matching, notMatching) = (Expression(rules.Matching, "matching"), Expression(rules.NotMatching, "notMatching"));
        if (rules.LeastCharacters < 0 || rules.MostCharacters < 0) throw new TrainingException("data.filter: numbers of characters must be 0 or more");
        if (rules.LeastLetters is not (>= 0 and <= 1) || rules.MostRepetition is not (>= 0 and <= 1)) throw new TrainingException("data.filter: leastLetters and mostRepetition must be between 0 and 1");
    }

    /// <summary>Whether a text is used.</summary>
    public bool Passes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length >= rules.LeastCharacters
            && (rules.MostCharacters == 0 || text.Length <= rules.MostCharacters)
            && (rules.LeastLetters == 0 || Letters(text) >= rules.LeastLetters)
            && matching?.IsMatch(text) != false
            && notMatching?.IsMatch(text) != true
            && (rules.MostRepetition >= 1 || Repetition(text) <= rules.MostRepetition);
    }

    /// <summary>The share of letters among the characters that are not spaces; 0 where there are none.</summary>
    public static double Letters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int shown = text.Count(c => !char.IsWhiteSpace(c));
        return shown == 0 ? 0 : (double)text.Count(char.IsLetter) / shown;
    }

    /// <summary>The share of a text's runs of four words that occurred before in it; 0 where it has fewer than four words.</summary>
    public static double Repetition(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int runs = words.Length - Run + 1;
        if (runs < 1) return 0;
        int different = Enumerable.Range(0, runs).Select(i => string.Join(' ', words, i, Run)).Distinct(StringComparer.Ordinal).Count();
        return 1 - ((double)different / runs);
    }

    private static Regex? Expression(string? pattern, string name) => pattern is null ? null : SafePattern.Of(pattern, $"data.filter.{name}");
}

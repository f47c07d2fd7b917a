namespace Candor.Tokenizers.Regex;

/// <summary>A pattern made to be hard needs more steps on a text than any published one would.</summary>
internal sealed class PatternBudgetException(string pattern)
    : Exception($"the pattern '{(pattern.Length > 80 ? pattern[..80] + "…" : pattern)}' needs too many steps on this text");

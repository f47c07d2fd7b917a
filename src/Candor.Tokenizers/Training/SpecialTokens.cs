namespace Candor.Tokenizers.Training;

/// <summary>Special tokens that a vocabulary is to begin with.</summary>
internal static class SpecialTokens
{
    /// <summary>Refuses what could not be told apart later.</summary>
    /// <exception cref="ArgumentException">One is empty, or two are alike, or one is a single character or byte token.</exception>
    public static void Check(IReadOnlyList<string> tokens)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string token in tokens)
        {
            if (string.IsNullOrEmpty(token)) throw new ArgumentException("a special token is empty", nameof(tokens));
            if (token.Length == 1) throw new ArgumentException($"the special token '{token}' is a single character, which texts need", nameof(tokens));
            if (!seen.Add(token)) throw new ArgumentException($"the special token '{token}' is named twice", nameof(tokens));
        }
    }
}

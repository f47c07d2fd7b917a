using System.Text.RegularExpressions;

namespace Candor.Training;

/// <summary>Regular expressions of recipes.</summary>
internal static class SafePattern
{
    /// <summary>An expression that never backtracks: no text can make it run long.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="field">The recipe's field, for messages.</param>
    /// <exception cref="TrainingException">The pattern cannot be read.</exception>
    public static Regex Of(string pattern, string field)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new TrainingException($"{field}: {e.Message}", e);
        }
    }
}

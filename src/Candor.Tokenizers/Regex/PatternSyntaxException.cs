namespace Candor.Tokenizers.Regex;

/// <summary>A pattern is malformed, too large, or uses what this engine does not offer.</summary>
internal sealed class PatternSyntaxException(string problem, int offset) : Exception($"pattern, character {offset}: {problem}")
{
    /// <summary>Where in the pattern, in UTF-16 units.</summary>
    public int Offset { get; } = offset;
}

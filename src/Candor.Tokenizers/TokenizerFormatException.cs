namespace Candor.Tokenizers;

/// <summary>A tokenizer's file is damaged, hostile or asks for something unknown. The message is one line.</summary>
public sealed class TokenizerFormatException : Exception
{
    /// <summary>Describes one fault.</summary>
    /// <param name="source">The file (or other source) at fault.</param>
    /// <param name="where">The field at fault; empty where the whole file is.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public TokenizerFormatException(string source, string where, string problem, Exception? inner = null)
        : base(where.Length == 0 ? $"{source}: {problem}" : $"{source}: {where}: {problem}", inner)
    {
    }
}

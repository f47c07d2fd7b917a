namespace Candor.Tokenizers.Regex;

/// <summary>Whose reading of a pattern holds where engines differ.</summary>
internal enum PatternDialect
{
    /// <summary>
    /// Oniguruma, the engine behind patterns in <c>tokenizer.json</c>: <c>^</c> and <c>$</c> stand at borders of lines,
    /// <c>a{1,3}+</c> repeats the repetition, <c>(?m)</c> lets the dot match line feeds.
    /// </summary>
    Oniguruma,

    /// <summary>
    /// The engines of Rust (regex, fancy-regex), behind tiktoken's patterns: <c>^</c> and <c>$</c> stand at the borders
    /// of the text, <c>a{1,3}+</c> is possessive, <c>\w</c> holds the joiners.
    /// </summary>
    Rust,
}

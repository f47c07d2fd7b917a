namespace Candor.Tokenizers.Gguf;

/// <summary>How a family of byte-level tokenizers cuts text, and what else its own files ask for.</summary>
internal sealed record PreTokenizer
{
    /// <summary>Names in GGUF files (<c>tokenizer.ggml.pre</c>).</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Patterns that cut the text, one after the other.</summary>
    public required IReadOnlyList<string> Patterns { get; init; }

    /// <summary>Patterns that cut words once they are written in the byte alphabet.</summary>
    public IReadOnlyList<string> BytePatterns { get; init; } = [];

    /// <summary>Text is brought into normal form C first.</summary>
    public bool Compose { get; init; }

    /// <summary>A word that is a token is that token, whether merges reach it or not.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A BOS token is added where the file does not say.</summary>
    public bool AddBos { get; init; }

    /// <summary>A separator is added where the file does not say.</summary>
    public bool AddSeparator { get; init; }
}

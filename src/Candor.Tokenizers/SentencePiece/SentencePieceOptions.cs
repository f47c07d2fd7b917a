namespace Candor.Tokenizers.SentencePiece;

/// <summary>What a model file does not say of itself.</summary>
public sealed record SentencePieceOptions
{
    /// <summary>Whether adding special tokens puts the BOS token first. Default: yes, where the vocabulary has one.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether adding special tokens puts the EOS token last. Default: no.</summary>
    public bool? AddEos { get; init; }

    /// <summary>
    /// Where special tokens are recognised in a text: whether each stretch between them is normalized as a text of its own, with
    /// a space before it (default, the older behaviour of LLaMA), or only the first one where the text begins with it (Mistral).
    /// </summary>
    public bool PrefixAfterSpecial { get; init; } = true;
}

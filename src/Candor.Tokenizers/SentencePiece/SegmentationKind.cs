namespace Candor.Tokenizers.SentencePiece;

/// <summary>How a model cuts normalized text into pieces. The numbers are those of the model file.</summary>
internal enum SegmentationKind
{
    Unigram = 1,
    Bpe = 2,
    Word = 3,
    Character = 4,
}

using System.Globalization;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Training;

/// <summary>A unigram vocabulary that was learnt.</summary>
public sealed class TrainedUnigram
{
    private const string Unknown = "<unk>";

    private readonly UnigramTrainingOptions options;

    internal TrainedUnigram(UnigramTrainingOptions options, IReadOnlyList<(string Text, double Score)> pieces) => (this.options, Pieces) = (options, pieces);

    /// <summary>The pieces that were learnt, likeliest first, with their natural log-probabilities.</summary>
    public IReadOnlyList<(string Text, double Score)> Pieces { get; }

    /// <summary>The file <c>tokenizer.json</c>: special tokens, the unknown one, 256 bytes, pieces.</summary>
    public byte[] ToTokenizerJson()
    {
        int special = options.SpecialTokens.Count;
        string[] fixedTokens = [.. options.SpecialTokens, .. Missing(options), .. Enumerable.Range(0, 256).Select(b => $"<0x{b.ToString("X2", CultureInfo.InvariantCulture)}>")];
        int unknown = Array.IndexOf(fixedTokens, Unknown);
        var vocabulary = new GgufVocabulary
        {
            Source = "tokenizer.json", Model = "t5", Tokens = [.. fixedTokens, .. Pieces.Select(p => p.Text)],
            Scores = [.. fixedTokens.Select(_ => 0f), .. Pieces.Select(p => (float)p.Score)],
            TokenTypes = [.. fixedTokens.Select((t, i) => (int)(i == unknown ? PieceType.Unknown : i < special ? PieceType.Control : PieceType.Byte)), .. Pieces.Select(_ => (int)PieceType.Normal)],
            UnknownId = unknown, AddBos = false, AddEos = false, AddSeparator = false, AddSpacePrefix = true, RemoveExtraWhitespaces = false,
        };
        return TokenizerJsonExport.OfNew(vocabulary);
    }

    /// <summary>Tokens that are not learnt.</summary>
    internal static int FixedTokens(UnigramTrainingOptions options) => options.SpecialTokens.Count + Missing(options).Length + 256;

    private static string[] Missing(UnigramTrainingOptions options) => options.SpecialTokens.Contains(Unknown) ? [] : [Unknown];
}

using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.SentencePiece;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Training;

/// <summary>A vocabulary that was learnt.</summary>
public sealed class TrainedVocabulary
{
    private readonly BytePairTrainingOptions options;
    private readonly List<string> tokens = [];
    private readonly List<string> merges = [];
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    internal TrainedVocabulary(BytePairTrainingOptions options)
    {
        this.options = options;
        foreach (string token in options.SpecialTokens) tokens.Add(token);
        foreach (char c in Enumerable.Range(0, 256).Select(b => (char)ByteAlphabet.Character((byte)b)).Order()) Add(c.ToString());
    }

    /// <summary>Tokens by id, as <c>tokenizer.json</c> spells them: special ones, bytes by the code points of their stand-ins, merges.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>Merges, first to last: two tokens with a space between.</summary>
    public IReadOnlyList<string> Merges => merges;

    /// <summary>The file <c>tokenizer.json</c>.</summary>
    public byte[] ToTokenizerJson()
    {
        int special = options.SpecialTokens.Count;
        var vocabulary = new GgufVocabulary
        {
            Source = "tokenizer.json", Model = "gpt2", Pre = options.PreTokenizer, Tokens = tokens, Merges = merges,
            TokenTypes = [.. Enumerable.Range(0, tokens.Count).Select(id => (int)(id < special ? PieceType.Control : PieceType.Normal))],
            AddBos = false, AddEos = false, AddSeparator = false,
        };
        return TokenizerJsonExport.Of(vocabulary) ?? throw new InvalidOperationException("the vocabulary that was learnt cannot be written");
    }

    internal int Id(string token) => ids[token];

    /// <summary>The id of two tokens together; the same text may come of two merges.</summary>
    internal int Merge(int left, int right)
    {
        merges.Add($"{tokens[left]} {tokens[right]}");
        string token = tokens[left] + tokens[right];
        return ids.TryGetValue(token, out int known) ? known : Add(token);
    }

    private int Add(string token)
    {
        tokens.Add(token);
        return ids[token] = tokens.Count - 1;
    }
}

using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.Models.Bpe;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Mistral;

/// <summary>
/// Mistral's tekken tokenizer (<c>tekken.json</c>): a pattern cuts the text, and in each word those two neighbours merge first
/// whose union has the least rank, as in OpenAI's tiktoken. Ids below the number of special tokens are special. Thread-safe.
/// </summary>
public sealed class TekkenTokenizer : Tokenizer, IByteTokens
{
    private readonly TekkenFile file;
    private readonly PieceTable ranks;
    private readonly BytePairEncoder encoder;
    private readonly SpecialTokens specials;
    private readonly Dictionary<string, int> specialIds;

    private TekkenTokenizer(TekkenFile file, string source)
    {
        this.file = file;
        Pattern pattern;
        try
        {
            pattern = Pattern.Compile(file.Pattern, PatternDialect.Rust);
        }
        catch (PatternSyntaxException e)
        {
            throw new TokenizerFormatException(source, "config.pattern", e.Message, e);
        }

        byte[][] tokens = file.Vocabulary;
        ranks = new PieceTable(tokens, tokens.Length);
        for (int rank = 0; rank < tokens.Length; rank++)
            if (!ranks.Add(rank)) throw new TokenizerFormatException(source, $"vocab[{rank}]", "the same bytes as an earlier token");
        encoder = new BytePairEncoder
        {
            Splits = [pattern],
            KeepGaps = false,
            Merges = Merges(tokens, ranks),
            ByteIds = [.. Enumerable.Range(0, 256)],
            Whole = ranks,
            FirstId = file.SpecialCount,
        };
        specialIds = file.Specials.ToDictionary(s => s.Value, s => s.Key, StringComparer.Ordinal);
        specials = new SpecialTokens(file.Specials.Select(s => (s.Value, s.Key)), file.Specials.Keys.ToHashSet());
    }

    /// <summary>The version of the chat encoding that belongs to the file.</summary>
    public MistralVersion Version => file.Version;

    /// <inheritdoc/>
    public override int VocabularySize => file.SpecialCount + file.Vocabulary.Length;

    internal MistralModelSettings? Settings => file.Settings;

    /// <summary>Opens a file.</summary>
    /// <param name="path">A <c>tekken.json</c> of version 3, 7, 11, 13 or 15.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged, or of an unknown version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TekkenTokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="TokenizerFormatException">The data is damaged, or of an unknown version.</exception>
    public static TekkenTokenizer Parse(ReadOnlyMemory<byte> data, string source) => new(TekkenFile.Parse(data, source), source);

    /// <summary>The bytes that a token stands for: the spelling of a special token, nothing for an id outside the vocabulary.</summary>
    public ReadOnlyMemory<byte> TokenBytes(int id) =>
        id < 0 || id >= VocabularySize ? default : IsSpecial(id) ? Utf8.Encode(SpecialName(id)) : file.Vocabulary[id - file.SpecialCount];

    /// <inheritdoc/>
    public override string? IdToToken(int id) => id < 0 || id >= VocabularySize ? null : System.Text.Encoding.UTF8.GetString(TokenBytes(id).Span);

    /// <inheritdoc/>
    public override int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (specialIds.TryGetValue(token, out int id)) return id;
        int rank = ranks.Find(Utf8.Encode(token));
        if (rank >= 0) return rank + file.SpecialCount;
        return token.Length > 10 && token.StartsWith("<SPECIAL_", StringComparison.Ordinal) && int.TryParse(token.AsSpan(9, token.Length - 10), System.Globalization.NumberStyles.None, null, out id) && IsSpecial(id) && SpecialName(id) == token ? id : null;
    }

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => id >= 0 && id < file.SpecialCount;

    /// <inheritdoc/>
    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(special);
        var output = new TokenList();
        if (addSpecial && specialIds.TryGetValue("<s>", out int bos)) output.AddSpecial(bos);
        specials.Encode(Utf8.Encode(text), special, encoder, output);
        return output.Build(id => IdToToken(id)!);
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false) => ByteStreamingDecoder.DecodeAll(this, ids, skipSpecial);

    /// <inheritdoc/>
    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => new ByteStreamingDecoder(this, skipSpecial);

    /// <inheritdoc/>
    protected override bool IsParsed(int id) => file.Specials.ContainsKey(id);

    bool IByteTokens.TryGetBytes(int id, bool skipSpecial, out ReadOnlySpan<byte> bytes, out bool endsCharacter)
    {
        endsCharacter = IsSpecial(id);
        bytes = endsCharacter && skipSpecial ? default : TokenBytes(id).Span;
        return !bytes.IsEmpty;
    }

    /// <summary>
    /// Every way in which two tokens make a third, with the third's rank: merging by these pairs is merging by the rank of the union.
    /// </summary>
    private static MergeTable Merges(byte[][] tokens, PieceTable ranks)
    {
        var merges = new MergeTable(tokens.Length);
        for (int rank = 256; rank < tokens.Length; rank++)
        {
            ReadOnlySpan<byte> token = tokens[rank];
            for (int split = 1; split < token.Length; split++)
            {
                int left = ranks.Find(token[..split]);
                if (left < 0) continue;
                int right = ranks.Find(token[split..]);
                if (right >= 0) merges.Set(left, right, rank, rank);
            }
        }

        return merges;
    }

    private string SpecialName(int id) => file.Specials.TryGetValue(id, out string? name) ? name : $"<SPECIAL_{id}>";
}

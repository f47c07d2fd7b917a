using System.Text.Json;
using Candor.Tokenizers.Decoders;
using Candor.Tokenizers.Json;
using Candor.Tokenizers.Models;
using Candor.Tokenizers.Models.Bpe;
using Candor.Tokenizers.Models.WordPiece;
using Candor.Tokenizers.Normalizers;
using Candor.Tokenizers.PostProcessors;
using Candor.Tokenizers.PreTokenization;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;
using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.Folders;

/// <summary>Builds tokenizers of folders that have only a vocabulary: the rest follows from the class that the configuration names.</summary>
internal static class VocabularyFiles
{
    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string ClipPattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>: byte-level byte-pair encoding.</summary>
    public static JsonTokenizer ReadBytePairs(string folder, TokenizerConfig config)
    {
        string name = (config.TokenizerClass ?? "").Replace("Fast", "", StringComparison.Ordinal);
        bool clip = name.StartsWith("CLIP", StringComparison.Ordinal);
        string path = Path.Combine(folder, "vocab.json");
        using JsonDocument document = JsonField.Parse(TokenizerFile.ReadAll(path), path);
        Vocabulary vocabulary = ModelReader.Words(new JsonField(document.RootElement, path));
        MergeTable merges = ReadMerges(Path.Combine(folder, "merges.txt"), vocabulary);
        bool prefixSpace = config.AddPrefixSpace ?? false;
        PreTokenizer preTokenizer = new ByteLevelPreTokenizer(prefixSpace, useRegex: true);
        if (name.StartsWith("Qwen2", StringComparison.Ordinal)) preTokenizer = Split(Qwen2Pattern, SplitBehavior.Isolated, invert: false);
        if (clip) preTokenizer = Split(ClipPattern, SplitBehavior.Removed, invert: true);
        Normalizer? normalizer = name.StartsWith("Qwen2", StringComparison.Ordinal) ? new UnicodeNormalizer(UnicodeForm.Nfc) : null;
        if (clip)
            normalizer = new SequenceNormalizer(
                [new UnicodeNormalizer(UnicodeForm.Nfc), new ReplaceNormalizer(new TextPattern(Pattern.Compile(@"\s+")), " "), new LowercaseNormalizer()]);
        return new JsonTokenizer(new TokenizerParts
        {
            Source = path,
            Model = new BpeModel(vocabulary, merges, new BpeOptions
            {
                EndOfWordSuffix = clip ? "</w>" : "",
                UnknownToken = config.UnkToken is { } unknown && vocabulary.Id(unknown) is not null ? unknown : null,
            }),
            AddedTokens = AddedTokens(folder, config, vocabulary),
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            PostProcessor = Frame(name, config, vocabulary, clip, prefixSpace),
            Decoder = clip ? new SequenceDecoder([new ByteLevelDecoder(), new ReplaceDecoder(new TextPattern("</w>"), " ")]) : new ByteLevelDecoder(),
        });
    }

    /// <summary>Reads <c>vocab.txt</c>: BERT's word pieces.</summary>
    public static JsonTokenizer ReadWordPieces(string folder, TokenizerConfig config)
    {
        string path = Path.Combine(folder, "vocab.txt");
        var ids = new Dictionary<string, int>();
        int next = 0;
        foreach (string line in Lines(path)) ids[line] = next++;
        var vocabulary = new Vocabulary(ids);
        string unknown = config.UnkToken ?? "[UNK]";
        bool lowercase = config.DoLowerCase ?? true;
        (string, int)? start = Token(vocabulary, config.SpecialTokens.GetValueOrDefault("cls_token", "[CLS]"));
        (string, int)? separator = Token(vocabulary, config.SpecialTokens.GetValueOrDefault("sep_token", "[SEP]"));
        List<AddedToken> added = AddedTokens(folder, config, vocabulary);
        foreach (string token in (string[])["[PAD]", unknown, "[CLS]", "[SEP]", "[MASK]"])
            if (vocabulary.Id(token) is { } id && !added.Exists(a => a.Content == token)) added.Add(new AddedToken(id, token, Special: true));
        return new JsonTokenizer(new TokenizerParts
        {
            Source = path,
            Model = new WordPieceModel(vocabulary, vocabulary.Id(unknown) ?? -1, "##", 100),
            AddedTokens = added,
            Normalizer = new BertNormalizer(true, config.TokenizeChineseChars ?? true, config.StripAccents ?? lowercase, lowercase),
            PreTokenizer = new SequencePreTokenizer(
                [new CharacterPreTokenizer(CodePoints.IsWhiteSpace, SplitBehavior.Removed),
                 new CharacterPreTokenizer(CharacterKinds.IsPunctuation, SplitBehavior.Isolated)]),
            PostProcessor = start is { } first && separator is { } last ? new BertPostProcessor(last, first) : null,
            Decoder = new WordPieceDecoder("##", cleanUp: true),
        });
    }

    private static SequencePreTokenizer Split(string pattern, SplitBehavior behavior, bool invert) => new(
        [new SplitPreTokenizer(new TextPattern(Pattern.Compile(pattern)), behavior, invert), new ByteLevelPreTokenizer(false, useRegex: false)]);

    private static PostProcessor Frame(string name, TokenizerConfig config, Vocabulary vocabulary, bool clip, bool prefixSpace)
    {
        (string, int)? bos = Token(vocabulary, config.SpecialTokens.GetValueOrDefault("cls_token") ?? config.BosToken);
        (string, int)? eos = Token(vocabulary, config.SpecialTokens.GetValueOrDefault("sep_token") ?? config.EosToken);
        if ((clip || name is "RobertaTokenizer" or "BartTokenizer" or "LongformerTokenizer" or "LEDTokenizer") && bos is { } start && eos is { } end)
            return new RobertaPostProcessor(end, start, trimOffsets: !clip, prefixSpace);
        TemplatePiece[] before = config.AddBosToken == true && bos is { } b ? [new TemplatePiece(-1, 0, [(b.Item2, b.Item1)])] : [];
        TemplatePiece[] after = config.AddEosToken == true && eos is { } e ? [new TemplatePiece(-1, 0, [(e.Item2, e.Item1)])] : [];
        if (before.Length + after.Length == 0) return new ByteLevelPostProcessor(trimOffsets: false, prefixSpace);
        TemplatePiece first = new(0, 0, []), second = new(1, 1, []);
        return new TemplatePostProcessor([.. before, first, .. after], [.. before, first, .. after, .. before, second, .. after]);
    }

    private static (string, int)? Token(Vocabulary vocabulary, string? token) => token is not null && vocabulary.Id(token) is { } id ? (token, id) : null;

    private static List<AddedToken> AddedTokens(string folder, TokenizerConfig config, Vocabulary vocabulary)
    {
        var tokens = new List<AddedToken>(config.AddedTokens.Where(t => t.Content.Length > 0));
        var known = new HashSet<string>(tokens.Select(t => t.Content));
        if (TokenizerConfigReader.TryOpen(folder, "added_tokens.json", out JsonDocument? document, out JsonField root))
        {
            using (document)
                foreach ((string token, JsonField id) in root.Members())
                    if (token.Length > 0 && known.Add(token)) tokens.Add(new AddedToken(id.Whole(), token, Special: false, Normalized: false));
        }

        foreach (string token in config.SpecialTokens.Values.Concat(config.AdditionalSpecialTokens))
            if (vocabulary.Id(token) is { } id && token.Length > 0 && known.Add(token)) tokens.Add(new AddedToken(id, token, Special: true));
        return [.. tokens.Select(t => vocabulary.Id(t.Content) is { } id ? t with { Id = id } : t)];
    }

    private static MergeTable ReadMerges(string path, Vocabulary vocabulary)
    {
        var table = new MergeTable();
        int rank = 0, number = 0;
        foreach (string line in Lines(path))
        {
            number++;
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal)) continue;
            int space = line.IndexOf(' ');
            if (space <= 0 || !ModelReader.TryMerge(table, vocabulary, line[..space], line[(space + 1)..], "", rank++))
                throw new TokenizerFormatException(path, $"line {number}", "found no two tokens that the vocabulary holds, and holds merged");
        }

        return table;
    }

    private static IEnumerable<string> Lines(string path)
    {
        byte[] bytes = TokenizerFile.ReadAll(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw new TokenizerFormatException(path, "", "not valid UTF-8");
        string text = System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        string[] lines = text.Split('\n');
        int count = lines.Length > 0 && lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        for (int i = 0; i < count; i++) yield return lines[i].TrimEnd('\r');
    }
}

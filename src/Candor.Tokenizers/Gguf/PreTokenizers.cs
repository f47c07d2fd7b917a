namespace Candor.Tokenizers.Gguf;

/// <summary>
/// Every pre-tokenizer that GGUF files name, with the patterns of the models' own <c>tokenizer.json</c>.
/// </summary>
internal static class PreTokenizers
{
    /// <summary>GPT-2's words, with the space before them.</summary>
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    /// <summary>LLaMA 3's words: numbers of up to three digits, line feeds apart.</summary>
    private const string Llama3 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen's words: as LLaMA 3's, with digits alone.</summary>
    private const string Qwen2 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    /// <summary>Tekken's words: a change from lower to upper case begins a new one.</summary>
    private const string Tekken = @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + @"+|[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + @"*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>GPT-4o's words: as Tekken's, with contractions and numbers of up to three digits.</summary>
    private const string Gpt4o = @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + "+" + Contractions + @"?|[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + "*" + Contractions + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>DeepSeek V3's words, after numbers and East Asian scripts have been cut out.</summary>
    private const string DeepSeekV3 = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Cjk = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";

    private const string WideCjk = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    /// <summary>The cased letters that DeepSeek's first models list.</summary>
    private const string DeepSeekLetters =
        "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1"
        + "\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"
        + "\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB"
        + "\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E"
        + "\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17"
        + "\uFF21-\uFF3A\uFF41-\uFF5A\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943";

    private const string HanFree = @"&&[^\p{Han}]]";

    /// <summary>All families.</summary>
    private static readonly PreTokenizer[] Families =
    [
        new()
        {
            Names = ["gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "exaone4", "jais", "trillion", "granite-docling"],
            Patterns = [Gpt2],
        },
        new() { Names = ["mpt", "olmo", "modern-bert"], Patterns = [Gpt2], Compose = true },
        new() { Names = ["jina-v1-en", "jina-v2-code", "roberta-bpe"], Patterns = [Gpt2], AddSeparator = true },
        new() { Names = ["starcoder", "refact", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"], Patterns = [@"\p{N}", Gpt2] },
        new() { Names = ["command-r"], Patterns = [@"\p{N}", Gpt2], Compose = true },
        new() { Names = ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"], Patterns = [Llama3], IgnoreMerges = true, AddBos = true },
        new() { Names = ["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"], Patterns = [Llama3] },
        new()
        {
            Names = ["jais-2"],
            Patterns = [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"],
        },
        new()
        {
            Names = ["deepseek-llm"],
            Patterns = [@"[\r\n]", @"\s?[" + DeepSeekLetters + "]+", @"\s?[!-/:-~" + "\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002" + "]+", @"\s+$", WideCjk, @"\p{N}"],
        },
        new() { Names = ["deepseek-coder"], Patterns = [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", WideCjk, @"\p{N}"] },
        new() { Names = ["deepseek-v3", "hunyuan-dense", "joyai-llm"], Patterns = [@"\p{N}{1,3}", Cjk, DeepSeekV3] },
        new()
        {
            Names = ["youtu"],
            Patterns =
            [
                "[\uAC00-\uD7A3\u3131-\u318E]+|[\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C\u3001-\u303F\uFE30-\uFE4F]+|[\u3105-\u312F]+|" + Cjk,
                @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + "+" + Contractions + @"?|[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + "*" + Contractions + @"?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            ],
            IgnoreMerges = true,
        },
        new()
        {
            Names = ["falcon"],
            Patterns = [@"[\p{P}!-/:-@\[-`{-~]+", Gpt2],
            BytePatterns = [@"\p{N}+", "[0-9][0-9][0-9]"],
        },
        new() { Names = ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"], Patterns = [Qwen2], Compose = true },
        new() { Names = ["stablelm2", "hunyuan", "solar-open", "grok-2"], Patterns = [Qwen2] },
        new()
        {
            Names = ["qwen35"],
            Patterns = [Contractions + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
            Compose = true,
        },
        new() { Names = ["poro-chat", "bloom", "gpt3-finnish"], Patterns = [Bloom] },
        new() { Names = ["viking"], Patterns = [Bloom, @"\p{N}"] },
        new() { Names = ["tekken"], Patterns = [Tekken], IgnoreMerges = true, AddBos = true },
        new()
        {
            Names = ["chameleon"],
            Patterns = ["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", @"([\t\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2],
            AddBos = true,
        },
        new() { Names = ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], Patterns = [Gpt4o] },
        new() { Names = ["granite-embed-multi-97m"], Patterns = [Gpt4o], IgnoreMerges = true },
        new() { Names = ["tiny_aya", "cohere2moe"], Patterns = [@"\d{1,3}(?=(?:\d{3})*\b)", Gpt4o] },
        new() { Names = ["superbpe"], Patterns = [@"\p{N}+", @"(?=(\d{3})+(?!\d))"] },
        new()
        {
            Names = ["bailingmoe", "bailingmoe2", "llada-moe"],
            Patterns = [@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
        },
        new() { Names = ["seed-coder"], Patterns = [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"] },
        new()
        {
            Names = ["afmoe"],
            Patterns =
            [
                @"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
                "[\u4E00-\u9FFF\u3400-\u4DBF\uF900-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF\u0E40-\u0E7F\u0E80-\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF\uAC00-\uD7AF\u1100-\u11FF]+",
                DeepSeekV3,
            ],
        },
        new() { Names = ["laguna"], Patterns = [@"[^\n]+|[\n]+", Qwen2] },
        new()
        {
            Names = ["exaone-moe"],
            Patterns = [Contractions + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"],
        },
        new()
        {
            Names = ["minicpm5"],
            Patterns = [@"\p{N}{1,3}", Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
            IgnoreMerges = true,
        },
        new()
        {
            Names = ["kimi-k2"],
            Patterns =
            [
                @"\p{Han}+|[^\r\n\p{L}\p{N}]?[" + Upper + HanFree + "*[" + Lower + HanFree + "+" + Contractions + @"?|[^\r\n\p{L}\p{N}]?[" + Upper + HanFree + "+[" + Lower + HanFree + "*" + Contractions
                + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            ],
        },
        // What llama.cpp takes for files that name none.
        new() { Names = ["default"], Patterns = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"] },
    ];

    private const string Bloom = @" ?[^(\s|.,!?" + "\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C" + ")]+";

    private static readonly Dictionary<string, PreTokenizer> ByName =
        Families.SelectMany(f => f.Names.Select(n => (Name: n, Family: f))).ToDictionary(p => p.Name, p => p.Family, StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    /// <summary>The family of a name; null where it is unknown.</summary>
    public static PreTokenizer? Find(string name) => ByName.GetValueOrDefault(name);
}

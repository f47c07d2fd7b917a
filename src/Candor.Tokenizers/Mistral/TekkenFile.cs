using System.Text.Json;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Mistral;

/// <summary>What a <c>tekken.json</c> says, checked.</summary>
internal sealed record TekkenFile(
    string Pattern, MistralVersion Version, int SpecialCount, IReadOnlyDictionary<int, string> Specials, byte[][] Vocabulary, MistralModelSettings? Settings)
{
    /// <summary>Greatest length of a token in bytes.</summary>
    private const int LongestToken = 8000;

    /// <summary>The control tokens of files that do not list them (versions up to 7), by their ids from 0 on.</summary>
    private static readonly string[] EarlySpecials =
    [
        "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]",
        "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
    ];

    /// <summary>Parses a file.</summary>
    /// <exception cref="TokenizerFormatException">It is damaged, or of an unknown version.</exception>
    public static TekkenFile Parse(ReadOnlyMemory<byte> data, string source)
    {
        if (data.Span.StartsWith("\uFEFF"u8)) data = data[3..];
        try
        {
            using JsonDocument document = JsonDocument.Parse(data, new JsonDocumentOptions { MaxDepth = 32 });
            return Read(document.RootElement, source);
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException(source, "", $"not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}", e);
        }
        catch (InvalidOperationException e)
        {
            // The document's strings may hold lone surrogates or broken UTF-8, which shows only when they are read.
            throw new TokenizerFormatException(source, "", "a string is not valid Unicode", e);
        }
    }

    private static TekkenFile Read(JsonElement root, string source)
    {
        JsonElement config = Field(root, "config", JsonValueKind.Object, source, "");
        string pattern = Field(config, "pattern", JsonValueKind.String, source, "config.").GetString()!;
        MistralVersion version = Field(config, "version", JsonValueKind.String, source, "config.").GetString() switch
        {
            "v3" => MistralVersion.V3,
            "v7" => MistralVersion.V7,
            "v11" => MistralVersion.V11,
            "v13" => MistralVersion.V13,
            "v15" => MistralVersion.V15,
            var other => throw new TokenizerFormatException(source, "config.version", $"\"{Message.Shorten(other!)}\" is unknown; expected v3, v7, v11, v13 or v15"),
        };
        int size = Number(config, "default_vocab_size", 256, source);
        int specialCount = Number(config, "default_num_special_tokens", 3, source);
        JsonElement vocab = Field(root, "vocab", JsonValueKind.Array, source, "");
        int count = size - specialCount;
        if (count < 256 || count > vocab.GetArrayLength()) throw new TokenizerFormatException(source, "config", $"default_vocab_size {size} less default_num_special_tokens {specialCount} is {count}; expected 256 to {vocab.GetArrayLength()}");
        return new TekkenFile(pattern, version, specialCount, Special(root, version, specialCount, source), Tokens(vocab, count, source), ModelSettings(root, source));
    }

    private static byte[][] Tokens(JsonElement vocab, int count, string source)
    {
        byte[][] tokens = new byte[count][];
        int id = 0;
        foreach (JsonElement item in vocab.EnumerateArray())
        {
            if (id == count) break;
            string where = $"vocab[{id}].";
            int rank = Number(item, "rank", 0, source, where);
            if (rank != id) throw new TokenizerFormatException(source, where + "rank", $"found {rank}, expected {id}");
            JsonElement bytes = Field(item, "token_bytes", JsonValueKind.String, source, where);
            if (!bytes.TryGetBytesFromBase64(out byte[]? token) || token.Length is 0 or > LongestToken) throw new TokenizerFormatException(source, where + "token_bytes", $"expected base64 of 1 to {LongestToken} bytes");
            if (id < 256 && (token.Length != 1 || token[0] != id)) throw new TokenizerFormatException(source, where + "token_bytes", $"the first 256 tokens must be the single bytes in order");
            tokens[id++] = token;
        }

        return tokens;
    }

    private static Dictionary<int, string> Special(JsonElement root, MistralVersion version, int count, string source)
    {
        var specials = new Dictionary<int, string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (!root.TryGetProperty("special_tokens", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
        {
            if (version > MistralVersion.V7) throw new TokenizerFormatException(source, "special_tokens", "missing; files of versions above 7 must list them");
            for (int i = 0; i < Math.Min(count, EarlySpecials.Length); i++) specials.Add(i, EarlySpecials[i]);
            return specials;
        }

        if (list.ValueKind != JsonValueKind.Array) throw new TokenizerFormatException(source, "special_tokens", "expected an array");
        foreach (JsonElement item in list.EnumerateArray())
        {
            string where = $"special_tokens[{specials.Count}].";
            int rank = Number(item, "rank", 0, source, where);
            string name = Field(item, "token_str", JsonValueKind.String, source, where).GetString()!;
            if (rank >= count) throw new TokenizerFormatException(source, where + "rank", $"{rank} is out of range; there are {count} special tokens");
            if (name.Length == 0 || !names.Add(name) || !specials.TryAdd(rank, name)) throw new TokenizerFormatException(source, where.TrimEnd('.'), $"\"{Message.Shorten(name)}\" (rank {rank}) is empty or not unique");
        }

        return specials;
    }

    private static MistralModelSettings? ModelSettings(JsonElement root, string source)
    {
        if (!root.TryGetProperty("model_settings_builder", out JsonElement builder) || builder.ValueKind == JsonValueKind.Null) return null;
        const string where = "model_settings_builder.";
        if (builder.ValueKind != JsonValueKind.Object) throw new TokenizerFormatException(source, where.TrimEnd('.'), "expected an object");
        if (!builder.TryGetProperty("reasoning_effort", out JsonElement effort) || effort.ValueKind == JsonValueKind.Null) return null;
        if (effort.ValueKind != JsonValueKind.Object) throw new TokenizerFormatException(source, where + "reasoning_effort", "expected an object");
        var values = new List<string>();
        foreach (JsonElement value in Field(effort, "values", JsonValueKind.Array, source, where + "reasoning_effort.").EnumerateArray())
            values.Add(value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new TokenizerFormatException(source, where + "reasoning_effort.values", "expected strings"));
        bool acceptsNone = effort.TryGetProperty("accepts_none", out JsonElement none) && none.ValueKind == JsonValueKind.True;
        string? fallback = effort.TryGetProperty("default", out JsonElement d) && d.ValueKind == JsonValueKind.String ? d.GetString() : null;
        if (fallback is not null && !values.Contains(fallback)) throw new TokenizerFormatException(source, where + "reasoning_effort.default", $"\"{Message.Shorten(fallback)}\" is not among the values");
        return new MistralModelSettings(values, acceptsNone, fallback);
    }

    private static JsonElement Field(JsonElement parent, string name, JsonValueKind kind, string source, string where)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement value)) throw new TokenizerFormatException(source, where + name, "missing");
        return value.ValueKind == kind ? value : throw new TokenizerFormatException(source, where + name, $"found {value.ValueKind}, expected {kind}");
    }

    private static int Number(JsonElement parent, string name, int least, string source, string where = "config.")
    {
        JsonElement value = Field(parent, name, JsonValueKind.Number, source, where);
        if (!value.TryGetInt32(out int number) || number < least || number > 1 << 24) throw new TokenizerFormatException(source, where + name, $"{Message.Shorten(value.GetRawText())} is out of range; expected {least} to {1 << 24}");
        return number;
    }
}

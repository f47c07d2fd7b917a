using System.Text.Json;
using Candor.Tokenizers.Json;

namespace Candor.Tokenizers.Folders;

/// <summary>Reads the files around a vocabulary.</summary>
internal static class TokenizerConfigReader
{
    private const string DefaultTemplate = "default";

    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Reads all of them.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var config = new TokenizerConfig();
        var tokens = new Dictionary<string, string>();
        var additional = new List<string>();
        var templates = new Dictionary<string, string>();
        if (TryOpen(folder, "tokenizer_config.json", out JsonDocument? document, out JsonField root))
        {
            using (document)
            {
                ReadSpecialTokens(root, tokens, additional);
                ReadTemplates(root, templates);
                config = new TokenizerConfig
                {
                    TokenizerClass = root.Member("tokenizer_class")?.Text(),
                    AddedTokens = ReadAddedTokens(root),
                    AddBosToken = root.Member("add_bos_token")?.Truth(),
                    AddEosToken = root.Member("add_eos_token")?.Truth(),
                    AddPrefixSpace = root.Member("add_prefix_space")?.Truth(),
                    Legacy = root.Member("legacy")?.Truth(),
                    DoLowerCase = root.Member("do_lower_case")?.Truth(),
                    StripAccents = root.Member("strip_accents")?.Truth(),
                    TokenizeChineseChars = root.Member("tokenize_chinese_chars")?.Truth(),
                    CleanUpTokenizationSpaces = root.Member("clean_up_tokenization_spaces")?.Truth(),
                    ModelMaxLength = ReadMaxLength(root),
                };
            }
        }

        if (TryOpen(folder, "special_tokens_map.json", out document, out root))
        {
            using (document) ReadSpecialTokens(root, tokens, additional);
        }

        ReadTemplateFiles(folder, templates);
        return config with { SpecialTokens = tokens, AdditionalSpecialTokens = additional, ChatTemplates = templates };
    }

    /// <summary>Opens a file that may be missing; its outermost value is an object.</summary>
    public static bool TryOpen(string folder, string name, out JsonDocument? document, out JsonField root)
    {
        (document, root) = (null, default);
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) return false;
        document = JsonField.Parse(TokenizerFile.ReadAll(path), path);
        root = new JsonField(document.RootElement, path);
        if (root.IsObject) return true;
        using (document) throw root.Expected("an object");
    }

    // Roles that are known already stay: the first file read wins. A token is a string or an object with its content.
    private static void ReadSpecialTokens(JsonField root, Dictionary<string, string> tokens, List<string> additional)
    {
        foreach ((string name, JsonField value) in root.Members())
        {
            if (name is "additional_special_tokens" or "extra_special_tokens")
            {
                if (value.Element.ValueKind == JsonValueKind.Null || additional.Count > 0) continue;
                if (value.IsArray) additional.AddRange(value.Items().Select(Content));
                else
                    foreach ((string role, JsonField token) in value.Members()) tokens.TryAdd(role, Content(token));
            }
            else if (name.EndsWith("_token", StringComparison.Ordinal) && (value.IsString || value.IsObject || Roles.Contains(name))
                && value.Element.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False))
                tokens.TryAdd(name, Content(value));
        }
    }

    private static string Content(JsonField field) => field.IsObject ? field.Required("content").Text() : field.Text();

    private static List<AddedToken> ReadAddedTokens(JsonField root)
    {
        var tokens = new List<AddedToken>();
        if (root.Member("added_tokens_decoder") is not { } map) return tokens;
        foreach ((string name, JsonField value) in map.Members())
        {
            if (!int.TryParse(name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int id) || id == int.MaxValue)
                throw value.Fail("the name is not an id");
            tokens.Add(AddedTokenReader.Read(value, id));
        }

        return [.. tokens.OrderBy(t => t.Id)];
    }

    // Files without a limit say 1000000000000000019884624838656.
    private static int? ReadMaxLength(JsonField root)
    {
        if (root.Member("model_max_length") is not { } field) return null;
        return field.Element.ValueKind == JsonValueKind.Number && field.Element.TryGetDouble(out double value) && value is > int.MaxValue or <= 0
            ? null
            : field.Whole(1);
    }

    private static void ReadTemplates(JsonField root, Dictionary<string, string> templates)
    {
        if (root.Member("chat_template") is not { } field) return;
        if (field.IsString) templates[DefaultTemplate] = field.Text();
        else if (field.IsArray)
            foreach (JsonField item in field.Items()) templates[item.Required("name").Text()] = item.Required("template").Text();
        else
            foreach ((string name, JsonField template) in field.Members()) templates[name] = template.Text();
    }

    // Files of their own go before what the configuration holds.
    private static void ReadTemplateFiles(string folder, Dictionary<string, string> templates)
    {
        if (TryOpen(folder, "chat_template.json", out JsonDocument? document, out JsonField root))
        {
            using (document) ReadTemplates(root, templates);
        }

        string single = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(single)) templates[DefaultTemplate] = ReadText(single);
        string named = Path.Combine(folder, "additional_chat_templates");
        if (!Directory.Exists(named)) return;
        foreach (string path in Directory.EnumerateFiles(named, "*.jinja").Order(StringComparer.Ordinal))
            templates[Path.GetFileNameWithoutExtension(path)] = ReadText(path);
    }

    private static string ReadText(string path)
    {
        byte[] bytes = TokenizerFile.ReadAll(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw new TokenizerFormatException(path, "", "not valid UTF-8");
        return System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }
}

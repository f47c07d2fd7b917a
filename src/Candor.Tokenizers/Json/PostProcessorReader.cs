using Candor.Tokenizers.PostProcessors;

namespace Candor.Tokenizers.Json;

/// <summary>Reads post-processors.</summary>
internal static class PostProcessorReader
{
    /// <summary>Reads one, with all that it holds.</summary>
    public static PostProcessor Read(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence": return new SequencePostProcessor([.. field.Required("processors").Items().Select(Read)]);
            case "ByteLevel": return new ByteLevelPostProcessor(field.Truth("trim_offsets", true), field.Truth("add_prefix_space", true));
            case "BertProcessing": return new BertPostProcessor(Token(field.Required("sep")), Token(field.Required("cls")));
            case "RobertaProcessing":
                return new RobertaPostProcessor(
                    Token(field.Required("sep")), Token(field.Required("cls")), field.Truth("trim_offsets", true), field.Truth("add_prefix_space", true));
            case "TemplateProcessing":
                Dictionary<string, List<(int, string)>> tokens = SpecialTokens(field);
                return new TemplatePostProcessor(Template(field.Required("single"), tokens), Template(field.Required("pair"), tokens));
            default: throw type.Expected("a known post-processor");
        }
    }

    private static (string Token, int Id) Token(JsonField field)
    {
        JsonField[] parts = [.. field.Items()];
        return parts.Length == 2 ? (parts[0].Text(), parts[1].Whole()) : throw field.Expected("a token and its id");
    }

    private static Dictionary<string, List<(int Id, string Token)>> SpecialTokens(JsonField field)
    {
        var tokens = new Dictionary<string, List<(int, string)>>();
        if (field.Member("special_tokens") is not { } map) return tokens;
        foreach ((string name, JsonField value) in map.Members())
        {
            int[] ids = [.. value.Required("ids").Items().Select(i => i.Whole())];
            string[] spellings = [.. value.Required("tokens").Items().Select(t => t.Text())];
            if (ids.Length != spellings.Length) throw value.Fail($"{ids.Length} ids and {spellings.Length} tokens");
            tokens[name] = [.. ids.Zip(spellings)];
        }

        return tokens;
    }

    private static TemplatePiece[] Template(JsonField field, Dictionary<string, List<(int Id, string Token)>> tokens)
    {
        var pieces = new List<TemplatePiece>();
        foreach (JsonField item in field.Items())
        {
            if (item.Member("Sequence") is { } sequence)
            {
                JsonField id = sequence.Required("id");
                int number = id.Text() switch { "A" => 0, "B" => 1, _ => throw id.Expected("A or B") };
                pieces.Add(new TemplatePiece(number, sequence.Member("type_id")?.Whole() ?? 0, []));
                continue;
            }

            JsonField special = item.Required("SpecialToken");
            JsonField name = special.Required("id");
            if (!tokens.TryGetValue(name.Text(), out List<(int, string)>? found)) throw name.Expected("a token listed in special_tokens");
            pieces.Add(new TemplatePiece(-1, special.Member("type_id")?.Whole() ?? 0, found));
        }

        return [.. pieces];
    }
}

using Candor.Tokenizers.PreTokenization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Json;

/// <summary>Reads pre-tokenizers.</summary>
internal static class PreTokenizerReader
{
    /// <summary>Reads one, with all that it holds.</summary>
    public static PreTokenizer Read(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence": return new SequencePreTokenizer([.. field.Required("pretokenizers").Items().Select(Read)]);
            case "ByteLevel": return new ByteLevelPreTokenizer(field.Truth("add_prefix_space", true), field.Truth("use_regex", true));
            case "Metaspace": return new MetaspacePreTokenizer(Sign(field), Scheme(field), field.Truth("split", true));
            case "Whitespace": return new WhitespacePreTokenizer();
            case "WhitespaceSplit": return new CharacterPreTokenizer(CodePoints.IsWhiteSpace, SplitBehavior.Removed);
            case "BertPreTokenizer":
                return new SequencePreTokenizer(
                    [new CharacterPreTokenizer(CodePoints.IsWhiteSpace, SplitBehavior.Removed),
                     new CharacterPreTokenizer(CharacterKinds.IsPunctuation, SplitBehavior.Isolated)]);
            case "Punctuation": return new CharacterPreTokenizer(CharacterKinds.IsPunctuation, Behavior(field, SplitBehavior.Isolated));
            case "Digits":
                return new CharacterPreTokenizer(
                    CharacterKinds.IsNumeric, field.Truth("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
            case "CharDelimiterSplit":
                int delimiter = field.Required("delimiter").Character();
                return new CharacterPreTokenizer(c => c == delimiter, SplitBehavior.Removed);
            case "Split":
                return new SplitPreTokenizer(
                    PatternReader.Read(field.Required("pattern")), Behavior(field, null), field.Truth("invert", false));
            case "UnicodeScripts": return new UnicodeScriptsPreTokenizer();
            case "FixedLength": return new FixedLengthPreTokenizer(field.Member("length")?.Whole(1) ?? 5);
            default: throw type.Expected("a known pre-tokenizer");
        }
    }

    /// <summary>The character that stands for a space.</summary>
    public static int Sign(JsonField field) => field.Member("replacement")?.Character() ?? 0x2581;

    /// <summary>When the sign is put before a text; older files have a truth value instead.</summary>
    public static PrependScheme Scheme(JsonField field)
    {
        JsonField? scheme = field.Member("prepend_scheme");
        bool? legacy = field.Member("add_prefix_space")?.Truth();
        PrependScheme read = scheme?.Text() switch
        {
            null => legacy == false ? PrependScheme.Never : PrependScheme.Always,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw scheme.Value.Expected("always, first or never"),
        };
        if (legacy == false && read != PrependScheme.Never) throw field.Fail("add_prefix_space and prepend_scheme contradict each other");
        return read;
    }

    private static SplitBehavior Behavior(JsonField field, SplitBehavior? missing)
    {
        if (missing is { } value && field.Member("behavior") is null) return value;
        JsonField behavior = field.Required("behavior");
        return behavior.Text() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw behavior.Expected("a known behavior"),
        };
    }
}

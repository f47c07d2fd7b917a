using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Json;

/// <summary>Reads patterns.</summary>
internal static class PatternReader
{
    /// <summary>Reads <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
    public static TextPattern Read(JsonField field)
    {
        if (field.IsString) return new TextPattern(field.Text());
        if (field.Member("String") is { } literal) return new TextPattern(literal.Text());
        JsonField regex = field.Required("Regex");
        try
        {
            return new TextPattern(Pattern.Compile(regex.Text()));
        }
        catch (PatternSyntaxException e)
        {
            throw new TokenizerFormatException(regex.Source, regex.Path, e.Message, e);
        }
    }
}

namespace Candor.Tokenizers.Json;

/// <summary>Reads added tokens.</summary>
internal static class AddedTokenReader
{
    /// <summary>The longest spelling that is taken: every place of a text may be compared with all of it.</summary>
    private const int MaxLength = 4096;

    /// <summary>Reads one.</summary>
    /// <param name="field">The entry.</param>
    /// <param name="id">Its id, where the entry does not say it.</param>
    public static AddedToken Read(JsonField field, int? id = null)
    {
        JsonField content = field.Required("content");
        string text = content.Text();
        if (text.Length > MaxLength) throw content.Fail($"{text.Length} characters, expected at most {MaxLength}");
        bool special = field.Truth("special", false);
        return new AddedToken(
            id ?? field.Required("id").Whole(),
            text,
            special,
            field.Truth("single_word", false),
            field.Truth("lstrip", false),
            field.Truth("rstrip", false),
            field.Truth("normalized", !special));
    }
}

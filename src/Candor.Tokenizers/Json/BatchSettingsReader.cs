namespace Candor.Tokenizers.Json;

/// <summary>Reads what a file says of truncation and padding.</summary>
internal static class BatchSettingsReader
{
    private const int MaxFixedLength = 1 << 24;

    /// <summary>Reads truncation.</summary>
    public static Truncation ReadTruncation(JsonField field)
    {
        JsonField? strategy = field.Member("strategy");
        string name = strategy?.Text() switch
        {
            null or "LongestFirst" => "longest_first",
            "OnlyFirst" => "only_first",
            "OnlySecond" => "only_second",
            _ => throw strategy.Value.Expected("LongestFirst, OnlyFirst or OnlySecond"),
        };
        return new Truncation(field.Required("max_length").Whole(), Side(field), name, field.Member("stride")?.Whole() ?? 0);
    }

    /// <summary>Reads padding.</summary>
    public static Padding ReadPadding(JsonField field)
    {
        int? length = null;
        if (field.Member("strategy") is { IsString: false } strategy) length = strategy.Required("Fixed").Whole(0, MaxFixedLength);
        return new Padding(
            length,
            Math.Max(1, field.Member("pad_to_multiple_of")?.Whole(0, MaxFixedLength) ?? 1),
            Side(field),
            field.Member("pad_id")?.Whole() ?? 0,
            field.Member("pad_type_id")?.Whole() ?? 0,
            field.Text("pad_token", "[PAD]"));
    }

    private static TextSide Side(JsonField field)
    {
        JsonField? side = field.Member("direction");
        return side?.Text() switch
        {
            null or "Right" => TextSide.Right,
            "Left" => TextSide.Left,
            _ => throw side.Value.Expected("Left or Right"),
        };
    }
}

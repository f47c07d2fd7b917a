using System.Text.Json;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>One text of a <c>vectors.json</c>, as far as vocabularies without a pipeline need it.</summary>
internal sealed record GoldenCase(
    string Text, int[] Ids, int[]? IdsPlain, int[]? SpmIds, int[]? IdsSpecial, string? Decoded, string? SpmDecoded, string? DecodedSkip, string[]? Pieces, string[]? Bytes);

/// <summary>A list of ids and what it decodes to.</summary>
internal sealed record GoldenDecode(int[] Ids, string? Text, string? TextSkip, string? SpmText, string? Keep, string? Skip);

/// <summary>A list of ids and what a streaming decoder emits for each.</summary>
internal sealed record GoldenStream(int[] Ids, string[] Emit, bool Quirk);

/// <summary>The contents of a <c>vectors.json</c>.</summary>
internal sealed record GoldenVectors(string? File, IReadOnlyList<GoldenCase> Cases, IReadOnlyList<GoldenDecode> Decode, IReadOnlyList<GoldenStream> Stream)
{
    public static GoldenVectors Load(string path)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        JsonElement root = document.RootElement;
        return new GoldenVectors(
            Text(root, "file"),
            [.. Items(root, "cases").Select(c => new GoldenCase(
                c.GetProperty("text").GetString()!, Ints(c, "ids")!, Ints(c, "ids_plain"), Ints(c, "spm_ids"), Ints(c, "ids_special"),
                Text(c, "decoded"), Text(c, "spm_decoded"), Text(c, "decoded_skip"), Texts(c, "pieces"), Texts(c, "bytes")))],
            [.. Items(root, "decode").Select(c => new GoldenDecode(
                Ints(c, "ids")!, Text(c, "text"), Text(c, "text_skip"), Text(c, "spm_text"), Text(c, "keep"), Text(c, "skip")))],
            [.. Items(root, "stream").Where(c => c.TryGetProperty("emit", out JsonElement e) && e.ValueKind == JsonValueKind.Array).Select(c => new GoldenStream(
                Ints(c, "ids")!, [.. c.GetProperty("emit").EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : "")],
                c.TryGetProperty("quirk", out _)))]);
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement list) ? list.EnumerateArray() : default;

    private static string? Text(JsonElement c, string name) =>
        c.TryGetProperty(name, out JsonElement e) && e.ValueKind == JsonValueKind.String ? e.GetString() : null;

    private static int[]? Ints(JsonElement c, string name) =>
        c.TryGetProperty(name, out JsonElement e) ? [.. e.EnumerateArray().Select(i => i.GetInt32())] : null;

    private static string[]? Texts(JsonElement c, string name) =>
        c.TryGetProperty(name, out JsonElement e) ? [.. e.EnumerateArray().Select(i => i.GetString()!)] : null;
}

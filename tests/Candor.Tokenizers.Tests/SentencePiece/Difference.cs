namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Messages about what differs.</summary>
internal static class Difference
{
    public static string Describe(string text, IReadOnlyList<int> expected, IReadOnlyList<int> got)
    {
        int at = 0;
        while (at < expected.Count && at < got.Count && expected[at] == got[at]) at++;
        return $"<{(text.Length > 80 ? text[..80] : text)}> at {at}: expected {string.Join(' ', expected.Skip(at).Take(12))}, got {string.Join(' ', got.Skip(at).Take(12))} ({expected.Count} and {got.Count})";
    }

    public static void None(List<string> wrong) =>
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join('\n', wrong.Take(20)));
}

using System.Globalization;

namespace Candor.Formats;

/// <summary>The name of a part of a split file: <c>PREFIX-00001-of-00003.gguf</c>, with numbers from 1.</summary>
/// <param name="Prefix">The path before the numbers.</param>
/// <param name="Number">This part's number, from 1.</param>
/// <param name="Count">How many parts there are.</param>
internal readonly record struct GgufSplitName(string Prefix, int Number, int Count)
{
    private const string Extension = ".gguf";
    private const int Digits = 5;
    private const int TailLength = 1 + Digits + 4 + Digits;

    /// <summary>The path of a part.</summary>
    /// <param name="number">Its number, from 1.</param>
    public string Part(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{number:D5}-of-{Count:D5}{Extension}");

    /// <summary>Takes a path apart; false where it is not the name of a part.</summary>
    public static bool TryParse(string path, out GgufSplitName name)
    {
        name = default;
        if (!path.EndsWith(Extension, StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> stem = path.AsSpan(0, path.Length - Extension.Length);
        if (stem.Length < TailLength) return false;
        ReadOnlySpan<char> tail = stem[^TailLength..];
        if (tail[0] != '-' || !tail.Slice(1 + Digits, 4).SequenceEqual("-of-")) return false;
        if (!int.TryParse(tail.Slice(1, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return false;
        if (!int.TryParse(tail[^Digits..], NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return false;
        if (number < 1 || number > count) return false;
        name = new(stem[..^TailLength].ToString(), number, count);
        return true;
    }
}

using System.Globalization;
using System.Reflection;

namespace Candor.Tokenizers.Unicode;

/// <summary>Reads the tables of Unicode that lie in this assembly as text, one entry a line.</summary>
internal static class UnicodeResource
{
    /// <summary>The lines of a table, without comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Unicode." + name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }

    /// <summary>A code point in hexadecimal.</summary>
    public static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>A line <c>FIRST..LAST VALUE</c>.</summary>
    public static (int First, int Last, string Value) Range(string line)
    {
        int dots = line.IndexOf("..", StringComparison.Ordinal);
        int space = line.IndexOf(' ');
        return (Hex(line.AsSpan(0, dots)), Hex(line.AsSpan(dots + 2, space - dots - 2)), line[(space + 1)..]);
    }
}

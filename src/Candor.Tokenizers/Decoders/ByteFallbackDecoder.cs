using System.Globalization;
using System.Text.Unicode;

namespace Candor.Tokenizers.Decoders;

/// <summary>
/// Reads runs of byte tokens (&lt;0x41&gt;) as UTF-8. A run that is not valid as a whole gives one U+FFFD for each of its bytes.
/// </summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        var run = new List<byte>();
        var result = new List<string>(pieces.Count);
        foreach (string piece in pieces)
        {
            if (TryByte(piece, out byte value))
            {
                run.Add(value);
                continue;
            }

            Flush(run, result);
            result.Add(piece);
        }

        Flush(run, result);
        pieces.Clear();
        pieces.AddRange(result);
    }

    /// <summary>Whether a token stands for a byte.</summary>
    public static bool TryByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> run, List<string> result)
    {
        if (run.Count == 0) return;
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(run);
        if (Utf8.IsValid(bytes)) result.Add(System.Text.Encoding.UTF8.GetString(bytes));
        else
            for (int i = 0; i < run.Count; i++) result.Add("\uFFFD");
        run.Clear();
    }
}

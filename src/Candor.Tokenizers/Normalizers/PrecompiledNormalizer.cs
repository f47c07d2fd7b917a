using System.Globalization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's compiled replacements, as tokenizer.json applies them: to grapheme clusters of less than six bytes as a
/// whole, else character by character; where the table knows a beginning of the cluster, that entry replaces all of it.
/// </summary>
internal sealed class PrecompiledNormalizer(CharsMap map) : Normalizer
{
    private const int ClusterLimit = 6;

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        var changes = new List<(int CodePoint, int Change)>(text.Length);
        bool modified = false;
        ReadOnlySpan<int> points = text.Points;
        Span<byte> bytes = stackalloc byte[ClusterLimit + 4];
        string characters = CodePoints.ToText(points);
        int at = 0;
        for (int unit = 0; unit < characters.Length;)
        {
            int units = IsAlone(characters, unit) ? 1 : StringInfo.GetNextTextElementLength(characters, unit);
            int count = 0;
            int size = 0;
            for (int u = 0; u < units; count++)
            {
                u += points[at + count] > 0xFFFF ? 2 : 1;
                if (size < ClusterLimit) size += CodePoints.ToUtf8(points[at + count], bytes[size..]);
            }

            ReadOnlySpan<int> cluster = points.Slice(at, count);
            if (size < ClusterLimit && map.Shortest(bytes[..size]) is { } whole)
            {
                modified = true;
                Put(changes, whole, count);
            }
            else
            {
                foreach (int c in cluster)
                {
                    size = CodePoints.ToUtf8(c, bytes);
                    if (map.Shortest(bytes[..size]) is { } single)
                    {
                        modified = true;
                        Put(changes, single, 1);
                    }
                    else changes.Add((c, 0));
                }
            }

            at += count;
            unit += units;
        }

        if (!modified) return;
        var writer = new ChangeWriter(text);
        foreach ((int c, int change) in changes) writer.Put(c, change);
        writer.Commit();
    }

    /// <summary>Whether a character is a cluster of its own, at a glance: ASCII before ASCII, but for a line break of two.</summary>
    private static bool IsAlone(string text, int at) =>
        text[at] < 0x80 && (at + 1 == text.Length || (text[at + 1] < 0x80 && text[at] != '\r'));

    private static void Put(List<(int CodePoint, int Change)> changes, string replacement, int replaced)
    {
        int[] points = CodePoints.From(replacement);
        foreach (int c in points) changes.Add((c, 0));
        int more = points.Length - replaced;
        for (int i = 1; i <= more; i++) changes[^i] = (changes[^i].CodePoint, 1);

        // What vanishes does so behind the last character, be it of this replacement or of an earlier one.
        if (more < 0 && changes.Count > 0) changes[^1] = (changes[^1].CodePoint, changes[^1].Change + more);
    }
}

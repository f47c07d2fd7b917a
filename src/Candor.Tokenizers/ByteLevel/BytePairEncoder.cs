using System.Text;
using Candor.Tokenizers.Models.Bpe;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.ByteLevel;

/// <summary>
/// Byte-pair encoding of plain text: patterns cut it into words, and in each word bytes merge into tokens. Thread-safe.
/// </summary>
internal sealed class BytePairEncoder
{
    /// <summary>Patterns over the text, one after the other; each cuts what the one before left.</summary>
    public required IReadOnlyList<Pattern> Splits { get; init; }

    /// <summary>Patterns over words written in <see cref="ByteAlphabet"/>, applied last.</summary>
    public IReadOnlyList<Pattern> ByteSplits { get; init; } = [];

    /// <summary>Whether text that a pattern does not match is kept (as Hugging Face does) or lost (as tiktoken does).</summary>
    public bool KeepGaps { get; init; } = true;

    /// <summary>Whether text is brought into normal form C first.</summary>
    public bool Compose { get; init; }

    /// <summary>Which tokens merge.</summary>
    public required MergeTable Merges { get; init; }

    /// <summary>The token for each byte, -1 for none: such a byte is lost.</summary>
    public required int[] ByteIds { get; init; }

    /// <summary>Words that are tokens as a whole, whether merges reach them or not; null for none.</summary>
    public PieceTable? Whole { get; init; }

    /// <summary>What is added to each id.</summary>
    public int FirstId { get; init; }

    /// <summary>Encodes a stretch of text.</summary>
    /// <param name="utf8">The stretch, valid UTF-8.</param>
    /// <param name="first">The code point of the text at which it begins.</param>
    /// <param name="output">Takes the tokens.</param>
    public void Encode(ReadOnlySpan<byte> utf8, int first, TokenList output)
    {
        if (utf8.IsEmpty) return;
        CodePointText text = CodePointText.Decode(utf8, first, Compose);
        List<(int Begin, int End)> words = [(0, text.Count)];
        foreach (Pattern split in Splits) words = Cut(split, text.Points, words, KeepGaps);
        var buffer = new Word();
        foreach ((int begin, int end) in words)
        {
            if (begin == end) continue;
            buffer.Fill(text, begin, end);
            if (ByteSplits.Count == 0)
            {
                EncodeWord(buffer, 0, buffer.Length, text, output);
                continue;
            }

            int[] letters = new int[buffer.Length];
            for (int i = 0; i < letters.Length; i++) letters[i] = ByteAlphabet.ToChar(buffer.Bytes[i]);
            List<(int Begin, int End)> parts = [(0, letters.Length)];
            foreach (Pattern split in ByteSplits) parts = Cut(split, letters, parts, KeepGaps);
            foreach ((int from, int to) in parts) EncodeWord(buffer, from, to, text, output);
        }
    }

    /// <summary>Cuts words where a pattern matches.</summary>
    internal static List<(int Begin, int End)> Cut(Pattern pattern, int[] points, List<(int Begin, int End)> words, bool keepGaps)
    {
        var result = new List<(int, int)>(words.Count + 8);
        foreach ((int begin, int end) in words)
        {
            int last = begin;
            foreach ((int from, int to) in pattern.Matches(points.AsSpan(begin, end - begin)))
            {
                if (keepGaps && begin + from > last) result.Add((last, begin + from));
                if (to > from) result.Add((begin + from, begin + to));
                last = begin + to;
            }

            if (keepGaps && end > last) result.Add((last, end));
        }

        return result;
    }

    private void EncodeWord(Word word, int begin, int end, CodePointText text, TokenList output)
    {
        int length = end - begin;
        if (length == 0) return;
        int whole = Whole?.Find(word.Bytes.AsSpan(begin, length)) ?? -1;
        if (whole >= 0)
        {
            output.Add(whole + FirstId, text.Begin[word.Points[begin]], text.End[word.Points[end - 1]]);
            return;
        }

        Span<int> ids = word.Ids.AsSpan(0, length), widths = word.Widths.AsSpan(0, length);
        for (int i = 0; i < length; i++) (ids[i], widths[i]) = (ByteIds[word.Bytes[begin + i]], 1);
        int count = BytePairMerger.Merge(Merges, ids, widths);
        for (int i = 0; i < count; begin += widths[i++])
            if (ids[i] >= 0) output.Add(ids[i] + FirstId, text.Begin[word.Points[begin]], text.End[word.Points[begin + widths[i] - 1]]);
    }

    /// <summary>A word's bytes, the code point of each, and room to merge; used again from word to word.</summary>
    private sealed class Word
    {
        public byte[] Bytes = new byte[64];
        public int[] Points = new int[64];
        public int[] Ids = new int[64];
        public int[] Widths = new int[64];

        public int Length { get; private set; }

        public void Fill(CodePointText text, int begin, int end)
        {
            int most = checked(4 * (end - begin));
            if (Bytes.Length < most)
            {
                int size = checked(2 * most);
                (Bytes, Points, Ids, Widths) = (new byte[size], new int[size], new int[size], new int[size]);
            }

            Length = 0;
            for (int i = begin; i < end; i++)
            {
                int point = text.Points[i];
                int bytes = 1;
                if (point < 0x80) Bytes[Length] = (byte)point;
                else bytes = new Rune(point).EncodeToUtf8(Bytes.AsSpan(Length));
                Points.AsSpan(Length, bytes).Fill(i);
                Length += bytes;
            }
        }
    }
}

using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>GPT-2's pre-tokenizer: cuts with its pattern and writes every byte as a visible character.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    private static readonly Pattern Gpt2 =
        Pattern.Compile(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        if (addPrefixSpace) AddSpaces(text);
        if (useRegex) Cut(text);
        WriteBytes(text);
    }

    private static void AddSpaces(PreTokenizedText text)
    {
        ReadOnlySpan<int> points = text.Text.Points;
        text.Text.StartEdit();
        text.StartPieces();
        int at = 0;
        foreach ((int start, int end) in text.Pieces)
        {
            int from = at;
            if (points[start] != ' ')
            {
                text.Text.Put(' ', start);
                at++;
            }

            for (int i = start; i < end; i++, at++) text.Text.Put(points[i], i);
            text.AddPiece(from, at);
        }

        text.Text.Commit();
        text.CommitPieces();
    }

    private static void Cut(PreTokenizedText text)
    {
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
        {
            int last = start;
            foreach ((int from, int to) in Gpt2.Matches(text.Text.Points[start..end]))
            {
                text.AddPiece(last, start + from);
                text.AddPiece(start + from, start + to);
                last = start + to;
            }

            text.AddPiece(last, end);
        }

        text.CommitPieces();
    }

    private static void WriteBytes(PreTokenizedText text)
    {
        ReadOnlySpan<int> points = text.Text.Points;
        Span<byte> bytes = stackalloc byte[4];
        text.Text.StartEdit();
        text.StartPieces();
        int at = 0;
        foreach ((int start, int end) in text.Pieces)
        {
            int from = at;
            for (int i = start; i < end; i++)
            {
                int c = points[i];
                if (c < 0x80)
                {
                    text.Text.Put(ByteAlphabet.Character((byte)c), i);
                    at++;
                    continue;
                }

                int count = CodePoints.ToUtf8(c, bytes);
                for (int b = 0; b < count; b++) text.Text.Put(ByteAlphabet.Character(bytes[b]), i);
                at += count;
            }

            text.AddPiece(from, at);
        }

        text.Text.Commit();
        text.CommitPieces();
    }
}

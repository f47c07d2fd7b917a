using System.Globalization;
using System.Text;
using Candor.Tokenizers.ByteLevel;

namespace Candor.Tokenizers.Gguf;

/// <summary>BERT's reading of text: controls go, accents and case as the model wants, words end at white space, punctuation and ideographs.</summary>
internal static class BertText
{
    /// <summary>Cuts a stretch of text into words.</summary>
    /// <param name="utf8">The stretch, valid UTF-8.</param>
    /// <param name="first">The code point of the text at which it begins.</param>
    /// <param name="lowercase">Whether letters become small.</param>
    /// <param name="stripAccents">Whether accents are taken off.</param>
    /// <param name="word">Takes each word: its characters and where in the text each of them begins.</param>
    public static void ForEachWord(ReadOnlySpan<byte> utf8, int first, bool lowercase, bool stripAccents, Action<List<int>, List<int>> word)
    {
        var points = new List<int>();
        var places = new List<int>();
        CodePointText text = CodePointText.Decode(utf8, first, compose: false);
        Span<int> one = stackalloc int[1];
        for (int i = 0; i < text.Count; i++)
        {
            int point = text.Points[i], place = text.Begin[i];
            if (IsSpace(point))
            {
                End();
                continue;
            }

            if (IsDropped(point)) continue;
            bool alone = IsIdeograph(point);
            if (alone) End();
            if (stripAccents)
            {
                one[0] = point;
                foreach (int part in NormalForms.Decompose(one))
                    if (Category(part) != UnicodeCategory.NonSpacingMark) Add(part, place);
            }
            else
            {
                Add(point, place);
            }

            if (alone) End();
        }

        End();

        void Add(int point, int place)
        {
            if (lowercase && point == 0x130)
            {
                // The one capital whose small letter is two characters.
                AddLetter('i', place);
                AddLetter(0x307, place);
                return;
            }

            AddLetter(lowercase ? Rune.ToLowerInvariant(new Rune(point)).Value : point, place);
        }

        void AddLetter(int point, int place)
        {
            bool alone = IsPunctuation(point);
            if (alone) End();
            points.Add(point);
            places.Add(place);
            if (alone) End();
        }

        void End()
        {
            if (points.Count > 0) word(points, places);
            points.Clear();
            places.Clear();
        }
    }

    private static UnicodeCategory Category(int point) => Rune.GetUnicodeCategory(new Rune(point));

    private static bool IsSpace(int point) => point is '\t' or '\n' or '\r' || (Category(point) != UnicodeCategory.Control && Rune.IsWhiteSpace(new Rune(point)));

    private static bool IsDropped(int point) =>
        point is 0 or 0xFFFD || Category(point) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static bool IsPunctuation(int point) =>
        point < 0x80
            ? point is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
            : Category(point) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    /// <summary>The blocks that BERT's own code calls Chinese, with its one slip: 2B920 for 2B820.</summary>
    private static bool IsIdeograph(int point) => point is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or
        (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

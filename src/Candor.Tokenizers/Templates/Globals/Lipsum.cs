using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>The global <c>lipsum</c>: text to fill space.</summary>
internal static class Lipsum
{
    private static readonly string[] Words =
        ("lorem ipsum dolor sit amet consectetuer adipiscing elit sed diam nonummy nibh euismod tincidunt ut laoreet " +
        "magna aliquam erat volutpat wisi enim ad minim veniam quis nostrud exerci tation ullamcorper suscipit lobortis " +
        "nisl aliquip ex ea commodo consequat duis autem vel eum iriure in hendrerit vulputate velit esse molestie").Split(' ');

    /// <summary>Paragraphs: how many, whether as HTML, and between how many words each has.</summary>
    public static StringValue Make(RenderRun run, TemplateValue?[] bound)
    {
        long paragraphs = bound[0] is { } n ? Integers.Index(n) : 5;
        bool html = bound[1]?.IsTrue ?? true;
        long min = bound[2] is { } low ? Integers.Index(low) : 20;
        long max = bound[3] is { } high ? Integers.Index(high) : 100;
        if (paragraphs > 0 && min >= max) throw Faults.Value($"empty range in randrange({min}, {max})");
        var text = new StringBuilder();
        for (long i = 0; i < paragraphs; i++)
        {
            string paragraph = Paragraph(run, run.Random.NextInt64(min, max));
            if (i > 0) text.Append(html ? "\n" : "\n\n");
            text.Append(html ? $"<p>{paragraph}</p>" : paragraph);
        }

        return run.Text(text.ToString(), html);
    }

    private static string Paragraph(RenderRun run, long words)
    {
        var text = new StringBuilder();
        bool starts = true;
        int sinceStop = 0;
        string last = "";
        for (long i = 0; i < words; i++)
        {
            run.Step();
            run.Allocate(64);
            string word = Words[run.Random.Next(Words.Length)];
            if (word == last) word = Words[(Array.IndexOf(Words, word) + 1) % Words.Length];
            last = word;
            if (text.Length > 0) text.Append(' ');
            text.Append(starts ? CaseMapping.Capitalize(word) : word);
            starts = false;
            sinceStop++;
            if (sinceStop > 9 && i + 1 < words && run.Random.Next(3) == 0)
            {
                text.Append('.');
                starts = true;
                sinceStop = 0;
            }
            else if (sinceStop > 3 && i + 1 < words && run.Random.Next(6) == 0)
            {
                text.Append(',');
            }
        }

        return text.Append('.').ToString();
    }
}

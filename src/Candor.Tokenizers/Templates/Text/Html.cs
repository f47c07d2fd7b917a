using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Escapes of HTML, as MarkupSafe makes them.</summary>
internal static class Html
{
    public static string Escape(RenderRun run, string text)
    {
        if (text.AsSpan().IndexOfAny("&<>'\"") < 0) return text;
        run.Allocate(text.Length);
        var escaped = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            switch (c)
            {
                case '&': escaped.Append("&amp;"); break;
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '\'': escaped.Append("&#39;"); break;
                case '"': escaped.Append("&#34;"); break;
                default: escaped.Append(c); break;
            }
        }

        run.Allocate(escaped.Length - text.Length);
        return escaped.ToString();
    }

    /// <summary>A value as <c>Markup</c>: escaped unless it is markup already.</summary>
    public static StringValue Escape(RenderRun run, TemplateValue value) =>
        value is StringValue { IsMarkup: true } markup ? markup : run.Text(Escape(run, value.ToText(run)), true);

    /// <summary>Takes comments and tags out, white space together, and resolves entities.</summary>
    public static string StripTags(RenderRun run, string text)
    {
        text = Remove(run, text, "<!--", "-->");
        text = Remove(run, text, "<", ">");
        string joined = string.Join(' ', StringSplit.OnSpace(text, int.MaxValue));
        return System.Net.WebUtility.HtmlDecode(joined);
    }

    private static string Remove(RenderRun run, string text, string open, string close)
    {
        run.Work(2L * text.Length);
        var kept = new StringBuilder(text.Length);
        int at = 0;
        while (text.IndexOf(open, at, StringComparison.Ordinal) is var begin && begin >= 0
            && text.IndexOf(close, begin, StringComparison.Ordinal) is var end && end >= 0)
        {
            kept.Append(text, at, begin - at);
            at = end + close.Length;
        }

        return kept.Append(text, at, text.Length - at).ToString();
    }
}

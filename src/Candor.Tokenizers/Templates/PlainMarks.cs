using System.Buffers;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>
/// Finds out where in a rendered chat the texts of its messages came out: in these texts, a mark is set into each spelling of a
/// special token before rendering, and taken out of what was rendered. A mark is a printable character that occurs nowhere in
/// the chat or the template, so that trimming, case mapping and <c>repr</c> leave it alone.
/// </summary>
internal sealed class PlainMarks
{
    private readonly SearchValues<string> tokens;
    private readonly int longest;
    private readonly char mark;

    private PlainMarks(SearchValues<string> tokens, int longest, char mark) => (this.tokens, this.longest, this.mark) = (tokens, longest, mark);

    /// <summary>How many spellings of special tokens were marked.</summary>
    public int Count { get; private set; }

    /// <summary>A marker for these tokens, or null where no text of the chat spells one.</summary>
    public static PlainMarks? Of(ChatTemplateRequest request, string source)
    {
        string[] spelt = [.. request.PlainTokens.Where(t => t.Length > 0)];
        if (spelt.Length == 0) return null;
        SearchValues<string> tokens = SearchValues.Create(spelt, StringComparison.OrdinalIgnoreCase);
        bool any = false;
        var characters = new HashSet<char>(source);
        foreach (TemplateValue value in (TemplateValue[])[request.Messages, request.Tools, request.Documents])
            Visit(value, text =>
            {
                any |= text.AsSpan().ContainsAny(tokens);
                characters.UnionWith(text);
            });
        if (!any) return null;
        foreach (TemplateValue value in request.Arguments.Values) Visit(value, characters.UnionWith);
        foreach (string token in spelt.Concat(request.SpecialTokens.Values)) characters.UnionWith(token);
        return new PlainMarks(tokens, spelt.Max(t => t.Length), Unused(characters));
    }

    /// <summary>The chat with marks in its messages, tools and documents.</summary>
    /// <param name="request">The chat.</param>
    /// <param name="answers">Whether the assistant's messages get marks too.</param>
    public ChatTemplateRequest Mark(ChatTemplateRequest request, bool answers)
    {
        Count = 0;
        TemplateValue messages = request.Messages is ListValue list
            ? new ListValue(list.Items.ConvertAll(m => answers || !IsAnswer(m) ? Mark(m) : m))
            : request.Messages;
        return request with { Messages = messages, Tools = Mark(request.Tools), Documents = Mark(request.Documents) };
    }

    /// <summary>Takes the marks out, and says where they were.</summary>
    public ChatTemplateResult Unmark(ChatTemplateResult marked)
    {
        var text = new StringBuilder(marked.Text.Length);
        var plain = new List<PlainSpan>();
        var marks = new List<int>();
        int point = 0, all = 0;
        foreach (Rune rune in marked.Text.EnumerateRunes())
        {
            if (rune.Value == mark)
            {
                // What follows a mark may be no part of a special token. Marks that follow each other are one.
                if (plain.Count == 0 || plain[^1].Begin < point) plain.Add(new PlainSpan(point, point + 1));
                marks.Add(all++);
                continue;
            }

            text.Append(rune.ToString());
            point++;
            all++;
        }

        if (plain.Count > 0 && plain[^1].Begin == point) plain.RemoveAt(plain.Count - 1);
        return new ChatTemplateResult(text.ToString(), [.. marked.Generations.Select(g => new GenerationSpan(Place(marks, g.Begin), Place(marks, g.End)))]) { Plain = plain };
    }

    private static int Place(List<int> marks, int point)
    {
        int before = marks.BinarySearch(point);
        return point - (before < 0 ? ~before : before);
    }

    private static bool IsAnswer(TemplateValue message) =>
        message is DictValue dict && dict.Items.TryGetValue(StringValue.Of("role"), out TemplateValue? role) && role.AsText is "assistant" or "model";

    private TemplateValue Mark(TemplateValue value)
    {
        switch (value)
        {
            case StringValue text:
                return StringValue.Of(Mark(text.Value));
            case ListValue list:
                return new ListValue(list.Items.ConvertAll(Mark));
            case DictValue dict:
                var copy = new DictValue(KeyComparer.Plain);
                foreach ((TemplateValue key, TemplateValue member) in dict.Items) copy.Items[Mark(key)] = Mark(member);
                return copy;
            default:
                return value;
        }
    }

    private string Mark(string text)
    {
        StringBuilder? marked = null;
        int copied = 0;
        for (int at = 0; at < text.Length;)
        {
            int found = text.AsSpan(at).IndexOfAny(tokens);
            if (found < 0) break;
            at += found;

            // Inside the token where that can be, so that a template that looks for the token does not find it either.
            int first = char.IsSurrogatePair(text, at) ? 2 : 1;
            int place = IsToken(text.AsSpan(at, first)) ? at : at + first;
            marked ??= new StringBuilder();
            marked.Append(text, copied, place - copied).Append(mark);
            Count++;
            copied = place;
            at += first;
        }

        return marked is null ? text : marked.Append(text, copied, text.Length - copied).ToString();
    }

    private bool IsToken(ReadOnlySpan<char> text) => text.Length <= longest && tokens.Contains(text.ToString());

    private static void Visit(TemplateValue value, Action<string> visit)
    {
        switch (value)
        {
            case StringValue text:
                visit(text.Value);
                break;
            case ListValue list:
                foreach (TemplateValue item in list.Items) Visit(item, visit);
                break;
            case DictValue dict:
                foreach ((TemplateValue key, TemplateValue member) in dict.Items)
                {
                    Visit(key, visit);
                    Visit(member, visit);
                }

                break;
        }
    }

    private static char Unused(HashSet<char> used)
    {
        // Symbols without case, width or meaning to a template: braille, mathematics, arrows, Yi radicals.
        foreach ((char first, char last) in ((char, char)[])[('\u2801', '\u28FF'), ('\u2A00', '\u2AFF'), ('\u2900', '\u297F'), ('\uA490', '\uA4C6')])
            for (char c = first; c <= last; c++)
                if (!used.Contains(c)) return c;
        throw Faults.Arguments("the chat spells special tokens and uses every character that could mark them as plain text");
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace Candor.Tokenizers.Templates;

/// <summary>Turns addresses in escaped text into links.</summary>
internal sealed class Urlize(RenderRun run, long? limit, string relations, string? target, List<string> schemes)
{
    // In linear time, whatever the text.
    private static readonly System.Text.RegularExpressions.Regex Scheme = Linear(@"^([\w.+-]{2,}:(/){0,2})$");
    private static readonly System.Text.RegularExpressions.Regex Mail = Linear(@"^\S+@\w[\w.-]*\.\w+$");
    private static readonly System.Text.RegularExpressions.Regex Web = Linear(
        @"^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})" +
        @"|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)" +
        @"|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}])))(?::[\d]{1,5})?(?:[/?#]\S*)?$",
        RegexOptions.IgnoreCase);

    private static readonly string[] Openers = ["(", "<", "&lt;"];
    private static readonly string[] Closers = [")", ">", "&gt;"];
    private static readonly string[] Tails = [")", ">", ".", ",", "\n", "&gt;"];

    private readonly string attributes =
        $" rel=\"{Html.Escape(run, relations)}\"" + (string.IsNullOrEmpty(target) ? "" : $" target=\"{Html.Escape(run, target)}\"");

    public static bool IsScheme(string text) => Scheme.IsMatch(text);

    public string All(string text)
    {
        run.Work(64L * text.Length);
        var linked = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            bool space = CharClass.IsSpace(text[at]);
            while (at < text.Length && CharClass.IsSpace(text[at]) == space) at++;
            string piece = text[begin..at];
            if (!space) piece = Word(piece);
            run.Allocate(piece.Length);
            linked.Append(piece);
        }

        return linked.ToString();
    }

    private string Word(string word)
    {
        int head = 0;
        while (Array.Find(Openers, o => word.AsSpan(head).StartsWith(o, StringComparison.Ordinal)) is { } opener) head += opener.Length;
        int tail = word.Length;
        while (Array.Find(Tails, t => tail - t.Length >= head && word.AsSpan(head, tail - head).EndsWith(t, StringComparison.Ordinal)) is { } end) tail -= end.Length;
        string middle = word[head..tail];
        string rest = word[tail..];
        for (int i = 0; i < Openers.Length; i++) Balance(Openers[i], Closers[i], ref middle, ref rest);
        return word[..head] + Link(middle) + rest;
    }

    /// <summary>Takes closing brackets back into an address that has more opening ones.</summary>
    private void Balance(string opener, string closer, ref string middle, ref string rest)
    {
        int open = middle.AsSpan().Count(opener);
        if (open <= middle.AsSpan().Count(closer)) return;
        for (int moves = Math.Min(open, rest.AsSpan().Count(closer)); moves > 0; moves--)
        {
            run.Allocate(middle.Length + rest.Length);
            int end = rest.IndexOf(closer, StringComparison.Ordinal) + closer.Length;
            middle += rest[..end];
            rest = rest[end..];
        }
    }

    private string Link(string middle)
    {
        run.Allocate(attributes.Length);
        if (Web.IsMatch(middle))
        {
            bool full = middle.StartsWith("https://", StringComparison.Ordinal) || middle.StartsWith("http://", StringComparison.Ordinal);
            return $"<a href=\"{(full ? "" : "https://")}{middle}\"{attributes}>{Shown(middle)}</a>";
        }

        if (middle.StartsWith("mailto:", StringComparison.Ordinal) && Mail.IsMatch(middle[7..])) return $"<a href=\"{middle}\">{middle[7..]}</a>";
        bool mail = middle.Contains('@') && !middle.StartsWith("www.", StringComparison.Ordinal) && middle[0] != '@' && !middle.Contains(':');
        if (mail && Mail.IsMatch(middle)) return $"<a href=\"mailto:{middle}\">{middle}</a>";

        foreach (string scheme in schemes)
        {
            if (middle != scheme && middle.StartsWith(scheme, StringComparison.Ordinal)) middle = $"<a href=\"{middle}\"{attributes}>{middle}</a>";
        }

        return middle;
    }

    private string Shown(string address)
    {
        if (limit is not { } most || PyText.CodePoints(address) <= most) return address;
        long kept = most >= 0 ? most : Math.Max(0, PyText.CodePoints(address) + most);
        return address[..PyText.Offset(address, (int)kept)] + "...";
    }

    private static System.Text.RegularExpressions.Regex Linear(string pattern, RegexOptions more = RegexOptions.None) =>
        new(pattern, more | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}

using System.Buffers;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Filters that make HTML and addresses.</summary>
internal static class MarkupFilters
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\n\r\f\v/>=");

    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["escape"] = FilterTable.Define("escape", ["/", "s"], (run, b) => Html.Escape(run, b[0]!)),
        ["e"] = FilterTable.Define("escape", ["/", "s"], (run, b) => Html.Escape(run, b[0]!)),
        ["forceescape"] = FilterTable.Define("do_forceescape", (run, v) => run.Text(Html.Escape(run, v.ToText(run)), true)),
        ["safe"] = FilterTable.Define("do_mark_safe", (run, v) => run.Text(v.ToText(run), true)),
        ["striptags"] = FilterTable.Define("do_striptags", (run, v) => run.Text(Html.StripTags(run, v.ToText(run)))),
        ["urlencode"] = FilterTable.Define("do_urlencode", UrlEncode),
        ["urlize"] = FilterTable.Define("do_urlize", ["value", "trim_url_limit=", "nofollow=", "target=", "rel=", "extra_schemes="], UrlizeText),
        ["xmlattr"] = FilterTable.Define("do_xmlattr", ["d", "autospace="], XmlAttributes),
    };

    private static StringValue UrlEncode(RenderRun run, TemplateValue value)
    {
        if (value is StringValue || value.Iterate(run) is not { } items) return run.Text(Quote(run, value, false));
        if (value is DictValue dict) items = new DictViewValue(dict, DictPart.Items).Iterate(run);
        var pairs = new StringBuilder();
        while (items.Next() is { } item)
        {
            run.Step();
            if (item.Iterate(run) is null) throw Faults.Type($"cannot unpack non-iterable {item.TypeName} object");
            List<TemplateValue> pair = Iteration.ToList(run, item);
            if (pair.Count < 2) throw Faults.Value($"not enough values to unpack (expected 2, got {pair.Count})");
            if (pair.Count > 2) throw Faults.Value("too many values to unpack (expected 2)");
            string text = $"{Quote(run, pair[0], true)}={Quote(run, pair[1], true)}";
            run.Allocate(text.Length + 1);
            if (pairs.Length > 0) pairs.Append('&');
            pairs.Append(text);
        }

        return run.Text(pairs.ToString());
    }

    private static string Quote(RenderRun run, TemplateValue value, bool query)
    {
        string text = value.ToText(run);
        run.Allocate(text.Length * 9L);
        var quoted = new StringBuilder(text.Length);
        foreach (byte b in System.Text.Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'~' || (b == '/' && !query)) quoted.Append((char)b);
            else if (query && b == ' ') quoted.Append('+');
            else quoted.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return quoted.ToString();
    }

    private static StringValue UrlizeText(RenderRun run, TemplateValue?[] bound)
    {
        string asked = TextOrNone(run, bound[4]) ?? "";
        run.Work(64L * asked.Length);
        var relations = new SortedSet<string>(StringSplit.OnSpace(asked, long.MaxValue), StringComparer.Ordinal) { "noopener" };
        if (bound[2]?.IsTrue == true) relations.Add("nofollow");
        long? limit = bound[1] is null or NoneValue ? null : Integers.Index(bound[1]!);
        List<string> schemes = bound[5] is null or NoneValue ? [] : Iteration.ToList(run, bound[5]!).ConvertAll(s => s.ToText(run));
        foreach (string scheme in schemes)
            if (!Urlize.IsScheme(scheme)) throw Faults.FilterArgument($"{StringRepr.Of(scheme)} is not a valid URI scheme prefix.");
        string text = Html.Escape(run, bound[0]!).Value;
        var urlize = new Urlize(run, limit, string.Join(' ', relations), TextOrNone(run, bound[3]), schemes);
        return run.Text(urlize.All(text), run.Autoescape);
    }

    private static string? TextOrNone(RenderRun run, TemplateValue? value) => value is null or NoneValue ? null : value.ToText(run);

    private static StringValue XmlAttributes(RenderRun run, TemplateValue?[] bound)
    {
        if (bound[0] is not DictValue dict)
        {
            if (bound[0] is UndefinedValue undefined) throw undefined.Fault(run);
            throw Faults.Attribute($"'{bound[0]!.TypeName}' object has no attribute 'items'");
        }

        var attributes = new List<string>();
        foreach ((TemplateValue key, TemplateValue value) in dict.Items)
        {
            if (value is NoneValue or UndefinedValue) continue;
            if (key is not StringValue name) throw Faults.Type($"expected string or bytes-like object, got '{key.TypeName}'");
            if (name.Value.AsSpan().ContainsAny(NotInNames)) throw Faults.Value($"Invalid character in attribute name: {StringRepr.Of(name.Value)}");
            string attribute = $"{Html.Escape(run, key).Value}=\"{Html.Escape(run, value).Value}\"";
            run.Allocate(attribute.Length);
            attributes.Add(attribute);
        }

        string all = string.Join(' ', attributes);
        if ((bound[1]?.IsTrue ?? true) && all.Length > 0) all = " " + all;
        return run.Text(all, run.Autoescape);
    }
}

using System.Text;
using System.Text.RegularExpressions;
using Candor.Tokenizers.Templates;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Random templates; see <see cref="TemplateFuzzer"/>.</summary>
public partial class TemplateFuzzTests
{
    private const int LongestTemplate = 4000;

    private static readonly string[] Seeds =
    [
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m.content|trim }}{{ '\\n' if not loop.last }}{% endfor %}{% if add_generation_prompt %}x{% endif %}",
        "{%- set ns = namespace(a=1, b=[]) -%}{% for x in l %}{% set ns.a = ns.a * x %}{% set ns.b = ns.b + [x] %}{% endfor %}{{ ns.a }}{{ ns.b }}",
        "{% macro m(a, b=2, *c) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{{ caller() }}{% endmacro %}{% call(x) m(1, b=3) %}{{ x }}{% endcall %}",
        "{% for k, v in d.items() recursive %}{{ loop.index }}{{ loop(v) if v is mapping }}{% else %}none{% endfor %}",
        "{{ tools|tojson(indent=2) }}{{ d|dictsort|list }}{{ l|sort(reverse=true)|join(', ') }}",
        "{% if l[0] > 2 and s is string or not e %}{{ s[1:-1:2] }}{% elif n %}{{ n // 2 ** 3 % 5 }}{% else %}{{ -f ~ u }}{% endif %}",
        "{% raw %}{{ x }}{% endraw %}{# note #}{% set t %}a{{ n }}b{% endset %}{{ t|upper }}{% filter indent(2) %}x\ny{% endfilter %}",
        "{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list }}{{ l|map('string')|join }}",
        "{{ '%s-%05.2f' % (s, f) }}{{ '{:>10}|{0[a]}'.format(d) }}{{ 'x'.join(['a', 'b']) }}{{ s.split('o', 1)|last }}",
        "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{% generation %}out{% endgeneration %}{% block q %}{{ self.q is defined }}{% endblock %}",
        "{% for x in range(9) if x is odd %}{% if x == 5 %}{% break %}{% elif x < 3 %}{% continue %}{% endif %}{{ x }}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }}{% endfor %}",
        "{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.current }}{% set j = joiner('|') %}{{ j() }}{{ j() }}{{ dict(a=1)|tojson }}{{ strftime_now('%d %B %Y') }}",
        "{{ l|batch(2, 0)|list }}{{ l|slice(2)|list }}{{ l|groupby('real')|list }}{{ [l, e]|sum(start=[]) }}{{ u|wordwrap(3) }}{{ d|pprint }}{{ d|xmlattr }}{{ u|urlize }}",
        "{% autoescape true %}{{ '<a>' }}{{ '<b>'|safe }}{{ '<c>'|e ~ '<d>' }}{% endautoescape %}{{ raise_exception('no') if n > 9 }}",
    ];

    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{%-", "-%}", "{%+", "{#", "#}", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "=", "~", "*", "**", "//", "%", "<", "==", "!=", "-", "+",
        " is ", " not ", " in ", " and ", " or ", " if ", " else ", "0", "1", "-1", "2", "1.5", "1e308", "9223372036854775807", "10**40", "9**999", "''", "'a'", "\"b\"", "'\\u00e9🦙'",
        "'\\ud800'", "none", "true", "x", "s", "l", "d", "e", "f", "n", "u", "messages", "tools", "loop", "self", "caller()", "varargs", "kwargs", "range(3)", "range(100000)",
        "'ab'*1000", "[1]*1000", "'a b '*5000", "(1,)", "{1: 2}", "__class__", "['__class__']", "|attr('real')", ".items()", ".format(s)", "namespace(a=1)", "lipsum(1)", "dict(a=l)",
        "{% if 1 %}", "{% endif %}", "{% else %}", "{% for x in l %}", "{% endfor %}", "{% for x in l recursive %}", "{% set x = ", "{% set x %}", "{% endset %}", "{% macro m(a) %}",
        "{% endmacro %}", "{{ m(1) }}", "{% call m(1) %}", "{% endcall %}", "{% filter upper %}", "{% endfilter %}", "{% with x = l %}", "{% endwith %}", "{% raw %}", "{% endraw %}",
        "{% generation %}", "{% endgeneration %}", "{% block b %}", "{% endblock %}", "{% break %}", "{% continue %}", "\n", "\r\n", "\r", "\t", "\0", "\u2028", "%d", "%(a)s", "{0.a}", "{:>9}",
    ];

    [Fact]
    public void Damaged_templates_fail_cleanly()
    {
        var pool = new List<string>([.. Seeds, .. Cases()]);
        var fuzzer = new TemplateFuzzer(new TemplateLimits { MaxSteps = 200_000, MaxAllocation = 8 << 20, MaxOutput = 1 << 20 });
        foreach (string seed in Seeds) fuzzer.Try(seed);
        fuzzer.Run(
            () =>
            {
                string template = pool[fuzzer.Random.Next(pool.Count)];
                for (int n = fuzzer.Random.Next(1, 5); n > 0; n--) template = Damage(template, pool[fuzzer.Random.Next(pool.Count)], fuzzer.Random);
                return template.Length > LongestTemplate ? template[..LongestTemplate] : template;
            },
            pool.Add);
    }

    private static string Damage(string template, string other, Random random)
    {
        MatchCollection tokens = Tokens().Matches(template);
        if (tokens.Count == 0) return template + Pieces[random.Next(Pieces.Length)];
        Match token = tokens[random.Next(tokens.Count)], second = tokens[random.Next(tokens.Count)];
        (int at, int end) = (token.Index, token.Index + token.Length);
        switch (random.Next(9))
        {
            case 0: return template.Remove(at, token.Length);
            case 1: return template.Insert(at, token.Value);
            case 2: return template[..at] + Pieces[random.Next(Pieces.Length)] + template[end..];
            case 3: return template.Insert(at, Pieces[random.Next(Pieces.Length)]);
            case 4: return template[..at] + second.Value + template[end..];
            case 5: return template[..at] + other[random.Next(other.Length + 1)..];
            case 6: return template[..at] + "|" + FilterTable.Names.ElementAt(random.Next(FilterTable.Names.Count())) + "(" + token.Value + ")" + template[end..];
            case 7: return template[..at] + "(" + string.Concat(Enumerable.Repeat(token.Value, random.Next(1, 60))) + ")" + template[end..];
            default:
                Match borrowed = Tokens().Matches(other) is { Count: > 0 } more ? more[random.Next(more.Count)] : token;
                return template.Insert(at, borrowed.Value);
        }
    }

    private static IEnumerable<string> Cases()
    {
        string? path = Shared.Oracle is null ? null : Path.Combine(Shared.Oracle, "templates", "jinja-cases.json");
        return path is not null && File.Exists(path) ? GoldenJson.Load(path).GetProperty("cases").EnumerateArray().Select(c => c.Text("template")) : [];
    }

    [GeneratedRegex(@"\{[{%#][-+]?|[-+]?[}%#]\}|'[^']*'|\w+|\s+|.")]
    private static partial System.Text.RegularExpressions.Regex Tokens();
}

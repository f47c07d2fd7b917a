using System.Text;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Templates that would never end, fill the memory or exhaust the stack end in an exception instead.</summary>
public class BudgetTests
{
    private const int Deep = 100_000;

    private static readonly (string Before, string Inner, string After)[] Nestings =
    [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{1:", "1", "}"),
        ("x[", "1", "]"),
        ("x(", "1", ")"),
        ("x|f(", "1", ")"),
        ("x is f(", "1", ")"),
        ("x[1:", "1", "]"),
        ("-", "1", ""),
        ("+", "1", ""),
        ("not ", "1", ""),
        ("1 if 1 else ", "1", ""),
        ("a and (", "1", ")"),
        ("1 + (", "1", ")"),
        ("x(y=", "1", ")"),
        ("x(*", "1", ")"),
        ("x(**", "1", ")"),
        ("1 ~ (", "1", ")"),
        ("1 < (", "1", ")"),
    ];

    private static readonly string[] Chains =
        [" + 1", " - 1", " * 1", " / 1", " // 1", " % 1", " ** 1", " and 1", " or 1", " if 1", ".a", "[1]", "[1:2]", "()", "|e", "|d(1)", " is odd is odd"];

    private static readonly (string Begin, string End)[] Tags =
    [
        ("{% if 1 %}", "{% endif %}"),
        ("{% for x in [1] %}", "{% endfor %}"),
        ("{% for x in [1] recursive %}", "{% endfor %}"),
        ("{% if 0 %}{% else %}", "{% endif %}"),
        ("{% if 0 %}{% elif 1 %}", "{% endif %}"),
        ("{% macro m() %}", "{% endmacro %}"),
        ("{% call m() %}", "{% endcall %}"),
        ("{% filter upper %}", "{% endfilter %}"),
        ("{% set x %}", "{% endset %}"),
        ("{% with x = 1 %}", "{% endwith %}"),
        ("{% generation %}", "{% endgeneration %}"),
        ("{% autoescape true %}", "{% endautoescape %}"),
    ];

    public static TheoryData<string> Expressions =>
    [
        "'a' * 10**9",
        "10**9 * 'a'",
        "[1] * 10**9",
        "(1, 2) * 10**9",
        "'a'|center(10**9)",
        "'a'.center(10**9)",
        "'a'.ljust(10**9)",
        "'a'.rjust(10**9)",
        "'a'.zfill(10**9)",
        "'\\t'.expandtabs(10**9)",
        "'%1000000000d' % 1",
        "'%-1000000000s' % 1",
        "'%*d' % (10**9, 1)",
        "'%.1000000000f' % 1.5",
        "'%.*f' % (10**9, 1.5)",
        "'%999999d' * 1000 % ((1,) * 1000)",
        "'%1000000000d'|format(1)",
        "'{:1000000000}'.format(1)",
        "'{:>1000000000}'.format('a')",
        "'{:.1000000000f}'.format(1.5)",
        "'{:01000000000,}'.format(1)",
        "'{:{}}'.format(1, 10**9)",
        "('{0:9999999}' * 100).format(1)",
        "('a' * 100000).replace('a', 'b' * 100000)",
        "('a' * 100000).replace('', 'b' * 100000)",
        "('a' * 100000)|replace('a', 'b' * 100000)",
        "('a' * 100000).join(range(100000)|map('string'))",
        "range(100000)|join('a' * 100000)",
        "(['a' * 100000] * 100000)|join",
        "('a\\n' * 100000)|indent(100000)",
        "('a\\n' * 100000)|indent('b' * 100000)",
        "('a' * 1000000)|wordwrap(1, true, 'b' * 100000)",
        "('a b ' * 100000)|urlize(rel='x' * 100000)",
        "[1, 2]|tojson(indent=10**9)",
        "range(1000)|list|tojson(separators=('a' * 1000000, ''))",
        "([[1] * 10] * 100000)|tojson(indent=100000)",
        "10 ** (10 ** 10)",
        "2 ** (10 ** 9)",
        "(10 ** 1000) ** 1000",
        "range(10**9)",
        "range(0, 10**9, 1)|list",
        "range(-10**9, 10**9)",
        "range(10**30)",
        "lipsum(10**9)",
        "lipsum(1, false, 10**9, 10**9 + 1)",
        "[1]|batch(10**9, 0)|list",
        "[1]|slice(10**9)|list",
        "('<' * 10000000)|e|e|e|e|e|e",
        "('\\x01' * 20000000)|tojson",
        "dict.fromkeys(range(100000), 1)|tojson(indent=100000)",
        "'a'.translate({97: 'b' * 60000000}) * 2",
        "strftime_now('%c' * 10000000)",
        "(('%s' * 1000) % ((('a' * 100000),) * 1000))",
        "('a' * 50000000) ~ ('b' * 50000000)",
        "[1]|map('center', 10**9)|list",
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Big_results_are_refused_before_they_are_made(string expression)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        TemplateException fault = Rendering.Fault($"{{% if true %}}\n{{{{ {expression} }}}}{{% endif %}}");
        Assert.Equal(TemplateErrorKind.Budget, fault.Kind);
        Assert.Equal(2, fault.Line);

        // 64 Mi UTF-16 units, some of them twice while they are put together.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
    }

    [Theory]
    [InlineData("{% set x = 'a' %}{% for i in range(100000) %}{% set x = x ~ x %}{% endfor %}{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x.replace('a', ns.x) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|pprint }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x < ns.y }}")]
    [InlineData("{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(100) %}{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) %}{% endfor %}{{ {ns.x: 1}[ns.y] }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}{% set ns.x = {1: ns.x} %}{% endfor %}{{ ns.x|tojson }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}{% set ns.x = ns.x|map('string') %}{% endfor %}{{ ns.x|list }}")]
    [InlineData("{% set ns = namespace(x=(1,)) %}{% for i in range(100000) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}")]
    [InlineData("{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}{% endcall %}")]
    [InlineData("{% macro m(x) %}{{ x(x) }}{% endmacro %}{{ m(m) }}")]
    [InlineData("{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{% for x in [[1, 1], [1, 1]] recursive %}{{ loop([[1, 1], [1, 1]]) }}{% endfor %}")]
    [InlineData("{% block b %}{{ self.b() }}{% endblock %}")]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}{% endfor %}{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{{ a * b }}{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(100000) %}{{ 'some words' * 100 }}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for a in range(100000) %}{{ 'b' in s }}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% set t = 'a' * 500000 ~ 'b' %}{{ t in s }}{{ s.find(t) }}{{ s.count(t) }}{% for a in range(100000) %}{{ s.find(t) }}{% endfor %}")]
    [InlineData("{% set l = range(100000)|list %}{% for a in l %}{{ -1 in l }}{% endfor %}")]
    [InlineData("{% set l = range(100000)|list %}{% for a in l %}{{ l|sort|first }}{% endfor %}")]
    [InlineData("{% set l = range(100000)|list %}{% for a in l %}{{ l[::2]|length }}{% endfor %}")]
    [InlineData("{% set n = 9 ** 4000 %}{% for a in range(100000) %}{{ n * n % 7 }}{% endfor %}")]
    public void Endless_work_runs_out_of_a_budget(string template)
    {
        // What some machines give a thread holds a hundred thousand levels, and then these templates do end.
        Exception? failed = null;
        var thread = new Thread(
            () => failed = Record.Exception(() =>
            {
                TemplateException fault = Rendering.Fault(template);
                Assert.Equal(TemplateErrorKind.Budget, fault.Kind);
                Assert.Equal(1, fault.Line);
            }),
            1 << 20);
        thread.Start();
        thread.Join();
        Assert.Null(failed);
    }

    [Fact]
    public void Limits_are_those_of_the_request()
    {
        const string loop = "{% for a in range(1000) %}abcdefghij{% endfor %}";
        Assert.Equal(10_000, Rendering.Bare(loop).Length);
        Assert.Contains("steps", Rendering.Fault(loop, limits: new TemplateLimits { MaxSteps = 500 }).Reason, StringComparison.Ordinal);
        Assert.Contains("longer than 5000", Rendering.Fault(loop, limits: new TemplateLimits { MaxOutput = 5000 }).Reason, StringComparison.Ordinal);
        Assert.Contains("more than 5000", Rendering.Fault(loop, limits: new TemplateLimits { MaxAllocation = 5000 }).Reason, StringComparison.Ordinal);
        const string recursion = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% else %}end{% endif %}{% endmacro %}{{ m(50) }}";
        Assert.Equal("end", Rendering.Bare(recursion));
        Assert.Equal(TemplateErrorKind.Budget, Rendering.Fault(recursion, limits: new TemplateLimits { MaxCallDepth = 20 }).Kind);
    }

    [Fact]
    public void Deep_expressions_are_refused_with_their_line()
    {
        foreach ((string before, string inner, string after) in Nestings)
        {
            TooDeep("a\n{{ " + Repeat(before) + inner + Repeat(after) + " }}");
        }

        TooDeep("a\n{% set v = " + Repeat("(") + "1" + Repeat(")") + " %}");
        foreach (string open in (string[])["(", "[", "{", "{1:", "x(", "x[", "-", "not "]) TooDeep("a\n{{ " + Repeat(open));
        foreach (string chain in Chains) Assert.Contains(Rendering.Fault("a\n{{ 1" + Repeat(chain) + " }}").Kind, (TemplateErrorKind[])[TemplateErrorKind.Budget, TemplateErrorKind.Syntax]);
    }

    [Fact]
    public void Deep_tags_are_refused_with_their_line()
    {
        foreach ((string begin, string end) in Tags)
        {
            TooDeep("a\n" + Repeat(begin, 20_000) + "x" + Repeat(end, 20_000));
            TooDeep("a\n" + Repeat(begin, 30_000));
        }
    }

    [Fact]
    public void Small_stacks_do_as_well()
    {
        Exception? fault = null;
        var thread = new Thread(
            () => fault = Record.Exception(() =>
            {
                foreach ((string before, string inner, string after) in Nestings)
                    for (int deep = 100; deep < 1000; deep += 100) Assert.IsType<TemplateException>(Record.Exception(() => Rendering.Bare("{{ " + Repeat(before, deep) + inner + Repeat(after, deep) + " }}{{ raise_exception('') }}")));
                foreach ((string begin, string end) in Tags)
                    for (int deep = 100; deep < 1000; deep += 100) Assert.IsType<TemplateException>(Record.Exception(() => Rendering.Bare(Repeat(begin, deep) + "x" + Repeat(end, deep) + "{{ raise_exception('') }}")));
                Assert.IsType<TemplateException>(Record.Exception(() => Rendering.Bare("{% macro m() %}{{ [m()]|map('string')|join }}{% endmacro %}{{ m() }}")));
            }),
            256 << 10);
        thread.Start();
        thread.Join();
        Assert.Null(fault);
    }

    [Fact]
    public void Many_tags_in_a_row_are_no_nesting()
    {
        Assert.Equal(40_000, Rendering.Bare(Repeat("{% if 1 %}x{% endif %}", 40_000)).Length);
        Assert.Equal(100_000, Rendering.Bare(Repeat("{{ 1 }}")).Length);
        Assert.Equal("1", Rendering.Bare("{{ [" + Repeat("1,") + "][0] }}"));
        Assert.Equal(TemplateErrorKind.Budget, Rendering.Fault(new string('x', ChatTemplate.MaxSourceLength + 1)).Kind);
    }

    private static void TooDeep(string template)
    {
        TemplateException fault = Rendering.Fault(template);
        Assert.True(fault is { Kind: TemplateErrorKind.Budget, Line: 2 }, template[..Math.Min(60, template.Length)] + " : " + fault.Message);
    }

    private static string Repeat(string piece, int times = Deep)
    {
        times = Math.Min(times, 900_000 / Math.Max(piece.Length, 1));
        return new StringBuilder(piece.Length * times).Insert(0, piece, times).ToString();
    }
}

using System.Diagnostics;
using System.Text;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Hostile templates: they reach nothing outside, and end soon.</summary>
public class HostileTemplateTests
{
    private static readonly Dictionary<string, TemplateValue> Variables = new()
    {
        ["text"] = TemplateValue.From("abc"), ["number"] = TemplateValue.From(7),
        ["list"] = TemplateValue.List([TemplateValue.From(1), TemplateValue.From(2)]),
        ["dict"] = TemplateValue.Object([new("key", TemplateValue.From("value"))]),
    };

    [Theory]
    [InlineData("{{ ''.__class__.__mro__[1].__subclasses__() }}")]
    [InlineData("{{ text.__class__.__base__ }}")]
    [InlineData("{{ (text|attr('__class__')).__name__ }}")]
    [InlineData("{{ [text]|map(attribute='__class__')|map(attribute='__name__')|list }}")]
    [InlineData("{{ '{0.__class__.__name__}'.format(text) }}")]
    [InlineData("{{ cycler.__init__.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ joiner.__init__.__globals__ }}")]
    [InlineData("{{ namespace.__init__.__globals__ }}")]
    [InlineData("{{ self.__init__.__globals__ }}")]
    [InlineData("{{ self._TemplateReference__context.x }}")]
    [InlineData("{{ lipsum.__globals__['os'] }}")]
    [InlineData("{{ raise_exception.__globals__.x }}")]
    [InlineData("{{ range.__class__.x }}")]
    [InlineData("{{ dict.__class__.x }}")]
    [InlineData("{{ ns._x }}{% set ns = namespace(__class__=1) %}{{ ns.__class__.x }}")]
    [InlineData("{% macro m() %}{% endmacro %}{{ m.__call__.x }}")]
    [InlineData("{% for x in list %}{{ loop.__class__.x }}{% endfor %}")]
    [InlineData("{{ list.append(3) }}")]
    [InlineData("{{ list.sort() }}")]
    [InlineData("{{ dict.update({'a': 1}) }}")]
    [InlineData("{{ dict.pop('key') }}")]
    [InlineData("{% import 'os' as os %}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{% extends 'other' %}")]
    public void NothingOutsideIsReached(string source)
    {
        TemplateException e = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source).RenderBare(Variables));
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("{{ text['__class__'].__init__ }}")]
    [InlineData("{{ '{0[__class__]}'.format(text) }}")]
    [InlineData("{{ text['__class__'] }}")]
    [InlineData("{{ dict['__class__'] }}")]
    public void SubscriptsOfInsidesAreUndefined(string source) => Assert.Equal("", ChatTemplate.Parse(source).RenderBare(Variables).Text);

    [Theory]
    [InlineData("{% for i in range(10**9) %}x{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro a(x) %}{{ b(x) }}{% endmacro %}{% macro b(x) %}{{ a(x) }}{% endmacro %}{{ a(1) }}")]
    [InlineData("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}")]
    [InlineData("{% for x in [list] recursive %}{{ loop([list]) }}{% endfor %}")]
    [InlineData("{{ 'a' * 10**9 }}")]
    [InlineData("{{ [1] * 10**9 }}")]
    [InlineData("{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s|length }}")]
    [InlineData("{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('a', 'aaaaaaaa') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1, 2]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{{ text|center(10**9) }}")]
    [InlineData("{{ text.ljust(10**9) }}")]
    [InlineData("{{ text.zfill(10**9) }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '{:1000000000}'.format(1) }}")]
    [InlineData("{{ '%.1000000000f' % 1.5 }}")]
    [InlineData("{{ text|indent(10**9) }}")]
    [InlineData("{{ 10 ** (10 ** 10) }}")]
    [InlineData("{{ (10 ** 5000) ** 5000 }}")]
    [InlineData("{{ 1 << 10**10 }}")]
    [InlineData("{{ lipsum(n=10**8) }}")]
    [InlineData("{{ (text * 100000).split('') }}")]
    [InlineData("{{ ((text * 300000)|list|join(text * 300000))|length }}")]
    [InlineData("{{ [text * 100000] * 100000 }}")]
    [InlineData("{{ range(100000)|batch(1)|map('list')|list|tojson(indent=10**8) }}")]
    public void AnEndIsMadeSoon(string source)
    {
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source).RenderBare(Variables));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 3L << 30, "too much was allocated on the way");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "{1:", "1", "}", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "a if ", "1", " else b", " }}")]
    [InlineData("{{ x", "[x", "", "]", " }}")]
    [InlineData("{{ x", "(x", "", ")", " }}")]
    [InlineData("{{ x", ".y", "", "", " }}")]
    [InlineData("{{ x", "|list", "", "", " }}")]
    [InlineData("{{ 1", " + 1", "", "", " }}")]
    [InlineData("{{ 1", " ~ 1", "", "", " }}")]
    [InlineData("{{ 2", " ** 1", "", "", " }}")]
    [InlineData("{{ 1", " is true", "", "", " }}")]
    [InlineData("", "{% if 1 %}", "x", "{% endif %}", "")]
    [InlineData("", "{% for i in [1] %}", "x", "{% endfor %}", "")]
    [InlineData("{% if 0 %}", "{% elif 0 %}", "", "", "{% endif %}")]
    [InlineData("", "{% set a %}", "x", "{% endset %}", "")]
    [InlineData("", "{% macro m() %}", "x", "{% endmacro %}", "")]
    [InlineData("", "{% filter upper %}", "x", "{% endfilter %}", "")]
    [InlineData("", "{% call x() %}", "x", "{% endcall %}", "")]
    [InlineData("{% set ", "(", "a", ",)", " = 1 %}")]
    public void DeepNestingEndsInAnErrorOrInText(string begin, string open, string middle, string close, string end)
    {
        var source = new StringBuilder(begin);
        for (int i = 0; i < 100_000; i++) source.Append(open);
        source.Append(middle);
        for (int i = 0; i < 100_000; i++) source.Append(close);
        source.Append(end);
        string text = source.ToString();
        if (text.Length > ChatTemplate.MaxSourceLength) text = text[..ChatTemplate.MaxSourceLength];
        try
        {
            Assert.NotNull(ChatTemplate.Parse(text).RenderBare(Variables).Text);
        }
        catch (TemplateException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    [Fact]
    public void DeepValuesEndInAnErrorOrInText()
    {
        var source = "{% set ns = namespace(v=[]) %}{% for i in range(5000) %}{% set ns.v = [ns.v] %}{% endfor %}";
        foreach (string use in (string[])["{{ ns.v }}", "{{ ns.v|tojson }}", "{{ ns.v == ns.v }}", "{{ ns.v|pprint }}", "{{ ns.v|string|length }}", "{{ ns.v < [ns.v] }}", "{{ {(ns.v|string): 1} }}", "{{ ns.v|sum(start=[]) }}"])
        {
            try
            {
                Assert.NotNull(ChatTemplate.Parse(source + use).RenderBare(Variables).Text);
            }
            catch (TemplateException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("tools")]
    [InlineData("documents")]
    [InlineData("add_generation_prompt")]
    [InlineData("continue_final_message")]
    [InlineData("chat_template")]
    public void ReservedNamesAreNotOverridden(string name)
    {
        ChatTemplateRequest request = ChatTemplateRequest.Of([("user", "hi")]) with { Arguments = new Dictionary<string, TemplateValue> { [name] = TemplateValue.From("x") } };
        TemplateException e = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("{{ messages }}").Render(request));
        Assert.Equal(TemplateErrorKind.Arguments, e.Kind);
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ErrorsNameTheLine()
    {
        TemplateException syntax = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\nb\n{{ 1 + }}\n", "my.jinja"));
        Assert.Equal(3, syntax.Line);
        Assert.StartsWith("my.jinja: line 3: ", syntax.Message, StringComparison.Ordinal);
        TemplateException run = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\n{% if true %}\n{{ none.x.y }}\n{% endif %}").RenderBare(Variables));
        Assert.Equal(3, run.Line);
    }
}

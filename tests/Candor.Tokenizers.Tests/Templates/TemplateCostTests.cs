using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>All that templates can call, on large values; see <see cref="TemplateFuzzer"/>.</summary>
public class TemplateCostTests
{
    /// <summary>What once took minutes: a long set of characters to strip, long names of attributes, large numbers.</summary>
    [Theory]
    [InlineData("''.lstrip(s)")]
    [InlineData("''|trim(s)")]
    [InlineData("'a'.strip(s ~ '🦙')")]
    [InlineData("s == t")]
    [InlineData("{s: 1}[t]")]
    [InlineData("[1]|map(attribute=s)|list")]
    [InlineData("[]|sort(attribute=s)")]
    [InlineData("[1] * 20000 == [1] * 20000")]
    [InlineData("([0] * 20000).count(0)")]
    [InlineData("s is lower")]
    [InlineData("''|urlize(rel=s)")]
    [InlineData("'a b '|urlize(target=s)")]
    [InlineData("('a.' * 1000)|urlize")]
    [InlineData("5|round(-16000)")]
    [InlineData("1.5.as_integer_ratio()")]
    [InlineData("(7 ** 20000).bit_count()")]
    [InlineData("7 ** 20000 // 3 ** 15000")]
    [InlineData("cycler(*([1] * 20000)).items")]
    [InlineData("([[1] * 20] * 20)|pprint")]
    [InlineData("''|replace('a', 3 ** 9000)")]
    [InlineData("'%d' % (3 ** 9000)")]
    public void Steps_cover_what_is_expensive(string expression)
    {
        var fuzzer = new TemplateFuzzer(new TemplateLimits { MaxSteps = 200_000, MaxAllocation = 8 << 20 });
        string reason = fuzzer.Try("{% set s = 'a' * 200000 %}{% set t = 'a' * 100000 ~ 'a' * 100000 %}{% for i in range(100000) %}{% set x = " + expression + " %}{% endfor %}");
        Assert.Contains("the template ", reason, StringComparison.Ordinal);
    }

    /// <summary>Whatever a template calls on large values in a loop, its steps bound the time.</summary>
    [Fact]
    public void Costs_are_counted()
    {
        string[] values = ["s", "w", "m", "l", "r", "d", "b", "q", "t", "1", "-1", "2.5", "'a'", "''", "'aa'", "' '", "none", "true", "10**9", "-5000", "5000", "('a', 'b')", "{'a': 1}", "c", "m|e"];
        var fuzzer = new TemplateFuzzer(new TemplateLimits { MaxSteps = 400_000, MaxAllocation = 8 << 20, MaxOutput = 1 << 20 });
        string[] filters = [.. FilterTable.Names], tests = [.. TestTable.Names.Where(n => char.IsAsciiLetter(n[0]))];
        string[] methods = [.. StringMethods.Names, "index", "count", "copy", "get", "keys", "values", "items", "fromkeys", "bit_count", "bit_length", "as_integer_ratio", "is_integer"];
        string[] operators = ["+", "-", "*", "/", "//", "%", "**", "~", "<", ">=", "==", "!=", "in", "not in", "and"];
        string Pick(string[] from) => from[fuzzer.Random.Next(from.Length)];
        string Arguments() => string.Join(", ", Enumerable.Range(0, fuzzer.Random.Next(4)).Select(_ => Pick(values)));
        string Expression() => fuzzer.Random.Next(6) switch
        {
            0 => $"({Pick(values)}|{Pick(filters)}({Arguments()}))",
            1 => $"({Pick(values)}|{Pick(filters)}|{Pick(filters)})",
            2 => $"({Pick(values)}.{Pick(methods)}({Arguments()}))",
            3 => $"({Pick(values)} is {Pick(tests)}({Arguments()}))",
            4 => $"({Pick(values)} {Pick(operators)} {Pick(values)})",
            _ => $"({Pick(values)}[{Pick(values)}:{Pick(values)}:{Pick(values)}])",
        };
        fuzzer.Run(() =>
            "{% set s = 'a' * 200000 %}{% set w = 'ab c. ' * 20000 %}{% set m = '<é🦙\\t\\n' * 20000 %}{% set r = range(100000) %}{% set l = r[:20000]|list %}" +
            "{% set d = dict.fromkeys(l, s) %}{% set b = 7 ** 5000 %}{% set q = 3 ** 9000 - 1 %}{% set t = 'a' * 199999 ~ 'b' %}{% set c = cycler(*l) %}" +
            $"{{% for i in range(100000) %}}{{% set x = {Expression()} %}}{{% if x is iterable and x is not string %}}{{% for y in x %}}{{% endfor %}}{{% endif %}}{{% endfor %}}");
    }
}

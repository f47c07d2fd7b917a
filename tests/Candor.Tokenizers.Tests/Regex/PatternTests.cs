using System.Text.RegularExpressions;
using Candor.Tokenizers.Regex;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Tokenizers.Tests.Regex;

public class PatternTests
{
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(r => r.Value)];

    private static string Matches(string pattern, string text, PatternDialect dialect = PatternDialect.Oniguruma)
    {
        int[] points = CodePoints(text);
        var found = new List<string>();
        foreach ((int begin, int end) in Pattern.Compile(pattern, dialect).Matches(points))
            found.Add(string.Concat(points[begin..end].Select(char.ConvertFromUtf32)));
        return string.Join("|", found);
    }

    [Theory]
    [InlineData("(?i)'s", "'S 's 'ſ", "'S|'s|'ſ")]
    [InlineData("(?i:k)", "kKK", "k|K|K")]
    [InlineData("(?i)[^s]", "sSſt", "t")]
    [InlineData(@"\s", "\u0085\u2028\u3000", "\u0085|\u2028|\u3000")]
    [InlineData(@"\s", "\u001C\u001D\u001E\u001F\u180E\u200B", "")]
    [InlineData(@"\p{L}+", "a𐐀𝒜1é", "a𐐀𝒜|é")]
    [InlineData(@"\p{Han}+|\p{Script=Greek}", "漢字αb", "漢字|α")]
    [InlineData("[a-c[x-z]&&[^b]]+", "abcxyz", "a|cxyz")]
    [InlineData(@"[^(\s|.,!?…)]+", "ab(c d", "ab|c|d")]
    [InlineData("(?<=a)b|(?<!a)c", "abcac", "b|c")]
    [InlineData("(?<=a|bc)x", "axbcxcx", "x|x")]
    [InlineData("a{2}|a{,1}b|a{x", "aaabba{x", "aa|ab|b|a{x")]
    [InlineData("a+?b", "aaab", "aaab")]
    [InlineData("a??", "aa", "||")]
    [InlineData("a++a|b", "aaab", "b")]
    [InlineData("(?>a|ab)c", "abcac", "ac")]
    [InlineData(@"\x41\u0042\x{43}\u{44}", "ABCD", "ABCD")]
    [InlineData("[[:digit:]]+|[[:^alnum:]]", "12a-", "12|-")]
    [InlineData("[]a]+", "]a]", "]a]")]
    [InlineData("[a-]+", "a-a", "a-a")]
    [InlineData(@"\bfoo\b", "foo foobar foo", "foo|foo")]
    [InlineData("(?x) a b # comment\n c", "abc", "abc")]
    [InlineData("a(?i)b|C", "aBacac", "aB|ac|ac")]
    [InlineData("^b$", "a\nb\nc", "b")]
    public void Reads_the_syntax_of_oniguruma(string pattern, string text, string expected) => Assert.Equal(expected, Matches(pattern, text));

    [Theory]
    [InlineData("^b$", "a\nb\nc", "")]
    [InlineData(@"\p{N}{1,2}+", "12345", "12|34|5")]
    [InlineData("a(?i)b|C", "aBacC", "aB|c|C")]
    [InlineData(@"\w+", "a\u200Db", "a\u200Db")]
    public void Reads_the_syntax_of_rust(string pattern, string text, string expected) =>
        Assert.Equal(expected, Matches(pattern, text, PatternDialect.Rust));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData(@"\")]
    [InlineData(@"\p{Nonsense}")]
    [InlineData(@"(a)\1")]
    [InlineData("(?<=a+)b")]
    [InlineData("[z-a]")]
    [InlineData("a{5000}")]
    [InlineData("((((a{999}){999}){999}){999})")]
    [InlineData(@"\x{110000}")]
    [InlineData("(?q)")]
    public void Refuses_what_it_cannot_read(string pattern) => Assert.Throws<PatternSyntaxException>(() => Pattern.Compile(pattern));

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    public void Refuses_deep_nesting(char open) => Assert.Throws<PatternSyntaxException>(() => Pattern.Compile(new string(open, 100_000)));

    [Theory]
    [InlineData(Llama3)]
    [InlineData(@"\s+$")]
    [InlineData(@"\s+(?!\S)|\s+x")]
    [InlineData("(a+)+$|( +)+$|(?:a|aa)+b|(?:-|--)*?b")]
    [InlineData("(?:a*)*b|(?:(?: |a|-)*)+!")]
    [InlineData("(?=a*b)a|(?= *!) ")]
    [InlineData("(?>(?:aa)*)b|(?>(?:  )*)b")]
    [InlineData("(x+x+)+y|(a{1,9}){1,20}b")]
    [InlineData(@".*a.*b.*c")]
    public void Takes_linear_time_on_long_runs(string pattern)
    {
        Pattern compiled = Pattern.Compile(pattern);
        foreach (string unit in Units)
        {
            long few = Steps(compiled, unit, 15_000), many = Steps(compiled, unit, 60_000);
            Assert.True(many <= (5 * few) + 1000 && many <= 1000 * 60_000L, $"{pattern} on '{unit}': {few} and then {many} steps");
        }
    }

    [Fact]
    public void Published_patterns_take_few_steps()
    {
        Pattern compiled = Pattern.Compile(Llama3);
        foreach (string unit in Units)
            Assert.InRange(Steps(compiled, unit, 60_000), 0, 20 * 60_000 * unit.Length);
    }

    private static readonly string[] Units = ["a", " ", "-", "_", "ab", "\n", "x", "1", "你"];

    /// <summary>What it costs to find all matches in a run that ends with something else.</summary>
    private static long Steps(Pattern pattern, string unit, int times)
    {
        int[] text = CodePoints(string.Concat(Enumerable.Repeat(unit, times)) + "!");
        PatternMatcher matcher = pattern.Rent(text.Length);
        int count = 0;
        for (int from = 0; from <= text.Length && matcher.Find(text, from, out int begin, out int end); from = Math.Max(end, begin + 1)) count += end - begin;
        Assert.InRange(count, 0, text.Length);
        return matcher.Steps;
    }

    /// <summary>On letters, where both engines read patterns alike, the matches are those of the framework's engine.</summary>
    [Property(MaxTest = 3000)]
    public Property Agrees_with_the_framework()
    {
        Gen<string> patterns = Gen.Sized(size => Node(Math.Min(size, 12)));
        Gen<string> texts = Gen.Elements('a', 'b', 'c', '\n').ListOf().Select(l => string.Concat(l));
        return Prop.ForAll(patterns.Zip(texts).ToArbitrary(), pair =>
        {
            (string pattern, string text) = pair;
            PatternNode parsed = PatternParser.Parse(pattern, PatternDialect.Oniguruma);

            // Engines differ in a repetition of nothing, and the framework's can run out of memory.
            if (RepeatsNothing(parsed)) return true.Label("");
            var expected = new List<(int, int)>();
            try
            {
                foreach (Match m in System.Text.RegularExpressions.Regex.Matches(text, pattern, RegexOptions.Multiline | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100)))
                {
                    // The framework also reports an empty match right behind another match.
                    if (m.Length == 0 && expected.Count > 0 && expected[^1].Item2 == m.Index) continue;
                    expected.Add((m.Index, m.Index + m.Length));
                }
            }
            catch (RegexMatchTimeoutException)
            {
                // Some repetitions of nothing never end there.
                return true.Label("timeout");
            }

            int[] points = CodePoints(text);
            var found = new List<(int, int)>();
            foreach ((int, int) match in Pattern.Compile(pattern).Matches(points)) found.Add(match);
            List<(int, int)>? plain = new PlainMatcher(points).Matches(parsed);
            bool right = (plain is null || found.SequenceEqual(plain)) && (CountsRepeats(parsed) || found.SequenceEqual(expected));
            return right.Label($"/{pattern}/ on '{text}': {string.Join(' ', found)} instead of {string.Join(' ', expected)}, {(plain is null ? "?" : string.Join(' ', plain))}");
        });
    }

    /// <summary>
    /// Whether something that can match nothing is repeated: engines differ in what follows a round that read nothing, and
    /// the framework's misses matches (<c>(?:a+|(?=b)?)+</c> matches nothing on "c" there, not even the empty text).
    /// </summary>
    /// <summary>The framework misses ways to match a counted repetition of repetitions: <c>(?:(?:[ab].[ab]?){1,2}){2}</c> on <c>abbbcbc</c>.</summary>
    private static bool CountsRepeats(PatternNode node, bool counted = false) => node switch
    {
        PatternNode.Repeat r => (counted && r.Min != r.Max) || CountsRepeats(r.Body, counted || r.Min > 1 || r.Max > 1),
        PatternNode.Sequence s => s.Parts.Any(p => CountsRepeats(p, counted)),
        PatternNode.Alternation a => a.Branches.Any(b => CountsRepeats(b, counted)),
        PatternNode.Atomic a => CountsRepeats(a.Body, counted),
        PatternNode.Look l => CountsRepeats(l.Body),
        _ => false,
    };

    private static bool RepeatsNothing(PatternNode node) => node switch
    {
        PatternNode.Repeat r => (r.Max != 1 && r.Body.IsNullable) || RepeatsNothing(r.Body),
        PatternNode.Sequence s => s.Parts.Any(RepeatsNothing),
        PatternNode.Alternation a => a.Branches.Any(RepeatsNothing),
        PatternNode.Atomic a => RepeatsNothing(a.Body),
        PatternNode.Look l => RepeatsNothing(l.Body),
        _ => false,
    };

    private static Gen<string> Node(int size)
    {
        Gen<string> leaf = Gen.Elements("a", "b", "c", "[ab]", "[^a]", ".", "^", "$", @"\b", "(?!a)", "(?=b)", "(?<=a)", "(?<!b)");
        if (size <= 1) return leaf;
        Gen<string> half = Node(size / 2);
        return Gen.OneOf(
            leaf,
            half.Zip(half).Select(p => p.Item1 + p.Item2),
            half.Zip(half).Select(p => $"(?:{p.Item1}|{p.Item2})"),
            half.Zip(half).Select(p => p.Item1 + p.Item2),
            half.Zip(Gen.Elements("*", "+", "?", "*?", "+?", "??", "{2,}")).Select(p => $"(?:{p.Item1}){p.Item2}"),
            // Engines also differ in a counted repetition of nothing, hence something to read in it.
            half.Zip(Gen.Elements("{1,2}", "{2}", "{0,2}?")).Select(p => $"(?:[ab]{p.Item1}){p.Item2}"),
            Gen.Elements("a", "b", "[ab]", ".").Zip(Gen.Elements("*", "+", "?", "*?", "{1,2}", "{2,}")).Select(p => p.Item1 + p.Item2),
            // The framework folds a repeated atomic group into one repetition, which is not the same: hence something behind it.
            half.Select(p => $"(?>{p})[ab]?"),
            half.Zip(Gen.Elements("(?=", "(?!")).Select(p => $"{p.Item2}{p.Item1})"));
    }
}

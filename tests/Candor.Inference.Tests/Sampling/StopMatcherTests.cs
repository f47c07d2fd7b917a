using System.Text;
using System.Text.Json;
using FsCheck.Xunit;

namespace Candor.Inference.Sampling.Tests;

public class StopMatcherTests
{
    [Fact]
    public void GoldenStreamsAreCutAndHeldBackAsTheyShould()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Shared.RequireOracle("serving", "streaming.json")));
        int cases = 0;
        foreach (JsonElement golden in json.RootElement.GetProperty("stops").EnumerateArray())
        {
            var matcher = new StopMatcher([.. golden.GetProperty("stop").EnumerateArray().Select(s => s.GetString()!)]);
            Decoder utf8 = Encoding.UTF8.GetDecoder();
            string shown = "";
            int used = 0;
            string[] safe = [.. golden.GetProperty("safe").EnumerateArray().Select(s => s.GetString()!)];
            foreach (JsonElement piece in golden.GetProperty("pieces_hex").EnumerateArray())
            {
                byte[] bytes = Convert.FromHexString(piece.GetString()!);
                char[] chars = new char[bytes.Length + 2];
                shown += matcher.Append(chars.AsSpan(0, utf8.GetChars(bytes, chars, false)));
                Assert.Equal(safe[used++], shown);
                if (matcher.IsStopped) break;
            }

            shown += matcher.Finish();
            Assert.Equal(golden.GetProperty("text").GetString(), shown);
            Assert.Equal(golden.GetProperty("matched").GetString(), matcher.Matched);
            Assert.Equal(golden.GetProperty("pieces_used").GetInt32(), used);
            cases++;
        }

        Assert.NotEqual(0, cases);
        GoldenTable.Passed("serving", "streaming", "stop strings", cases);
    }

    [Property(MaxTest = 2000)]
    public void AnyCutsGiveWhatASearchOfTheWholeTextGives(byte[] letters, byte[] cuts, byte[][] stops)
    {
        string text = Letters(letters, 40);
        string[] strings = [.. stops.Select(s => Letters(s, 5)).Where(s => s.Length > 0).Take(6)];
        (string expected, string? matched) = Search(text, strings);

        var matcher = new StopMatcher(strings);
        var shown = new StringBuilder();
        int begin = 0, cut = 0;
        while (begin < text.Length)
        {
            int length = cuts.Length == 0 ? 1 : cuts[cut++ % cuts.Length] % 4;
            length = Math.Min(Math.Max(length, cut % 7 == 0 ? 1 : 0), text.Length - begin);
            if (cut > 400) length = text.Length - begin;
            shown.Append(matcher.Append(text.AsSpan(begin, length)));
            begin += length;
            Assert.StartsWith(shown.ToString(), expected, StringComparison.Ordinal);
            if (matcher.IsStopped) continue;

            // No more is held back than may still become a stop string.
            string seen = text[..begin];
            Assert.Equal(seen, string.Concat(shown.ToString(), seen.AsSpan(seen.Length - matcher.HeldLength)));
            Assert.Equal(LongestBeginning(seen, strings), matcher.HeldLength);
        }

        shown.Append(matcher.Finish());
        Assert.Equal(expected, shown.ToString());
        Assert.Equal(matched, matcher.Matched);
        Assert.Equal(matched is not null, matcher.IsStopped);
    }

    [Fact]
    public void AfterAStopNothingPassesUntilAReset()
    {
        var matcher = new StopMatcher("END");
        Assert.Equal("a", matcher.Append("aENDb"));
        Assert.True(matcher.IsStopped);
        Assert.Equal("", matcher.Append("more"));
        Assert.Equal("", matcher.Finish());
        matcher.Reset();
        Assert.Equal("more", matcher.Append("more"));
        Assert.Equal("", matcher.Append("E"));
        Assert.Equal("E", matcher.Finish());
    }

    [Fact]
    public void WithoutStopStringsPiecesPassAsTheyAre()
    {
        var matcher = new StopMatcher();
        string piece = new('x', 3);
        Assert.Same(piece, matcher.Append(piece));
        Assert.Equal("y", matcher.Append("y".AsSpan()));
        Assert.Equal("", matcher.Finish());
    }

    [Fact]
    public void SurrogatePairsAreNotTornApart()
    {
        var matcher = new StopMatcher("😀!");
        Assert.Equal("a", matcher.Append("a😀"));
        Assert.Equal("😀😁", matcher.Append("😁"));
    }

    [Fact]
    public void BadStopStringsAreRefused()
    {
        Assert.Throws<SamplingOptionException>(() => new StopMatcher(""));
        Assert.Throws<SamplingOptionException>(() => new StopMatcher([null!]));
        Assert.Throws<SamplingOptionException>(() => new StopMatcher(null!));
        Assert.Throws<SamplingOptionException>(() => new StopMatcher("\ud800x"));
        Assert.Throws<SamplingOptionException>(() => new StopMatcher(new string('x', StopMatcher.LongestString + 1)));
        Assert.Throws<SamplingOptionException>(() => new StopMatcher([.. Enumerable.Repeat("x", StopMatcher.MostStrings + 1)]));
    }

    // Few letters, so that beginnings and repetitions of stop strings are common.
    private static string Letters(byte[] letters, int most) => string.Concat(letters.Take(most).Select(b => (char)('a' + b % 3)));

    private static (string Text, string? Matched) Search(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string? matched = stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (matched is not null) return (text[..(end - matched.Length)], matched);
        }

        return (text, null);
    }

    private static int LongestBeginning(string text, string[] stops) =>
        Enumerable.Range(0, text.Length + 1).Last(n => stops.Any(s => s.Length > n && s.StartsWith(text[^n..], StringComparison.Ordinal)) || n == 0);
}

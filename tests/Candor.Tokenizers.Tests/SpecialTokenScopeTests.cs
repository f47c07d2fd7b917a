using System.Text.Json;
using Candor.Tokenizers.Tests.Golden;
using Candor.Tokenizers.Tests.Gguf;

namespace Candor.Tokenizers.Tests;

/// <summary>Texts of which parts are plain: there, and only there, special tokens are spelt out.</summary>
public class SpecialTokenScopeTests
{
    [Theory]
    [InlineData(0, 2, true)]
    [InlineData(0, 3, false)]
    [InlineData(3, 4, false)]
    [InlineData(4, 5, false)]
    [InlineData(5, 8, true)]
    [InlineData(5, 9, false)]
    [InlineData(9, 12, true)]
    [InlineData(0, 20, false)]
    public void Tokens_may_not_touch_plain_parts(int begin, int end, bool allowed) =>
        Assert.Equal(allowed, SpecialTokenScope.Outside([new(2, 5), new(8, 9)]).Allows(begin, end));

    [Fact]
    public void Parts_come_in_order()
    {
        Assert.Throws<ArgumentException>(() => SpecialTokenScope.Outside([new(2, 5), new(4, 9)]));
        Assert.Throws<ArgumentException>(() => SpecialTokenScope.Outside([new(2, 2)]));
        Assert.Same(SpecialTokenScope.Everywhere, SpecialTokenScope.Outside([]));
    }

    /// <summary>Every vocabulary of the pack, on all of its texts: all plain is as nowhere, and between two special tokens a plain part is as plain as alone.</summary>
    [Theory]
    [MemberData(nameof(VectorTests.Folders), MemberType = typeof(VectorTests))]
    public void Plain_parts_are_read_as_plain_texts(string folder)
    {
        if (folder.Length == 0) Shared.RequireOracle("tokenizers");
        string path = Path.Combine(Shared.Oracle!, "tokenizers", folder);
        Tokenizer tokenizer = JsonTokenizer.Load(Path.Combine(path, "tokenizer.json"));
        Check(tokenizer, GoldenJson.Load(Path.Combine(path, "vectors.json")).GetProperty("cases").EnumerateArray().Select(c => c.Text("text")));
    }

    [Fact]
    public void Vocabularies_of_GGUF_files_do_the_same()
    {
        int count = 0;
        foreach (string file in Directory.GetFiles(Shared.Require("data", "tokenizers"), "*.gguf").Order(StringComparer.Ordinal))
        {
            if (!File.Exists(file + ".inp")) continue;
            Check(TestGguf.Open(file), File.ReadAllText(file + ".inp").Split("\n__ggml_vocab_test__\n"));
            count++;
        }

        Assert.True(count > 3);
    }

    private static void Check(Tokenizer tokenizer, IEnumerable<string> texts)
    {
        IReadOnlyList<string> special = tokenizer.SpecialTokens;
        foreach (string text in texts.Where(t => t.Length is > 0 and < 2000))
        {
            Assert.Equal(tokenizer.Encode(text, parseSpecial: true), tokenizer.Encode(text, SpecialTokenScope.Everywhere));
            Assert.Equal(tokenizer.Encode(text), tokenizer.Encode(text, SpecialTokenScope.Outside([new(0, Points(text))])));
        }

        foreach (string token in special.Take(20))
        {
            // The token once as itself, once as text: only the first may come out.
            string text = "Ab " + token + " is " + token + ".";
            int second = Points("Ab " + token + " is ");
            int id = tokenizer.TokenToId(token)!.Value;
            int[] all = tokenizer.Encode(text, parseSpecial: true), half = tokenizer.Encode(text, SpecialTokenScope.Outside([new(second, second + 1)]));
            if (all.Count(i => i == id) != 2 || tokenizer.Encode(text).Contains(id)) continue;
            Assert.True(half.Count(i => i == id) == 1, $"{token}: {string.Join(' ', half)}");
        }
    }

    private static int Points(string text) => text.EnumerateRunes().Count();
}

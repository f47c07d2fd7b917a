using System.Text;
using FsCheck.Xunit;

namespace Candor.Formats.Tests;

public sealed class ConfigJsonTests : IDisposable
{
    private const string Text = """
        {"hidden_size": 32, "whole": 5.0, "half": 0.5, "big": 3000000000, "huge": 1e30, "flag": true, "name": "a\"NaN",
         "none": null, "eos": [1, 2], "one": 7, "mixed": [1, "x"], "names": ["a", "b"], "flags": [true, false],
         "nan": NaN, "limits": [0.0, Infinity, -Infinity], "spelt": {"__float__": "Infinity"}, "negative":-Infinity,
         "rope": {"type": "llama3", "factor": 8.0, "inner": {"a": NaN}}, "list": [{"a": 1}, {"a": "x"}]}
        """;

    private readonly TempFolder folder = new();
    private readonly ConfigJson config = Parse(Text);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ValuesComeAsAsked()
    {
        Assert.Equal(32, config.GetInt("hidden_size"));
        Assert.Equal(5, config.GetInt("whole"));
        Assert.Equal(32.0, config.GetDouble("hidden_size"));
        Assert.Equal(0.5f, config.GetFloat("half"));
        Assert.True(config.TryGetLong("big", out long big));
        Assert.Equal(3_000_000_000, big);
        Assert.Equal(1e30, config.GetDouble("huge"));
        Assert.True(config.GetBool("flag"));
        Assert.Equal("a\"NaN", config.GetString("name"));
        Assert.True(config.TryGetInts("eos", out int[] eos));
        Assert.Equal([1, 2], eos);
        Assert.True(config.TryGetIntOrInts("one", out int[] one));
        Assert.Equal([7], one);
        Assert.True(config.TryGetIntOrInts("eos", out eos));
        Assert.Equal([1, 2], eos);
        Assert.True(config.TryGetStrings("names", out string[] names));
        Assert.Equal(["a", "b"], names);
        Assert.True(config.TryGetBools("flags", out bool[] flags));
        Assert.Equal([true, false], flags);
        Assert.True(config.TryGetObjects("list", out ConfigJson[] list));
        Assert.Equal(1, list[0].GetInt("a"));
        Assert.Equal("llama3", config.GetObject("rope").GetString("type"));
    }

    [Fact]
    public void NumbersThatJsonDoesNotHaveAreRead()
    {
        Assert.True(double.IsNaN(config.GetDouble("nan")));
        Assert.Equal(double.PositiveInfinity, config.GetDouble("spelt"));
        Assert.Equal(float.NegativeInfinity, config.GetFloat("negative"));
        Assert.True(config.TryGetDoubles("limits", out double[] limits));
        Assert.Equal([0, double.PositiveInfinity, double.NegativeInfinity], limits);
        Assert.True(double.IsNaN(config.GetObject("rope").GetObject("inner").GetDouble("a")));
    }

    [Fact]
    public void NullIsAbsent()
    {
        Assert.False(config.Has("none"));
        Assert.False(config.TryGetInt("none", out _));
        Assert.False(config.TryGetObject("none", out _));
        Assert.False(config.TryGetStrings("none", out _));
        Assert.Equal(3, config.GetInt("none", 3));
        Assert.Equal("x", config.GetString("none", "x"));
        Assert.True(config.GetBool("none", true));
        Assert.DoesNotContain("none", config.Keys);
        Fails("none: this key is missing", () => config.GetInt("none"));
        Fails("absent: this key is missing", () => config.GetString("absent"));
        Fails("rope.absent: this key is missing", () => config.GetObject("rope").GetDouble("absent"));
    }

    [Fact]
    public void WrongKindsAreNamed()
    {
        Fails("hidden_size: is 32, a string is expected", () => config.GetString("hidden_size"));
        Fails("half: is 0.5, an integer", () => config.GetInt("half"));
        Fails("big: is 3000000000, an integer of 32 bits", () => config.GetInt("big"));
        Fails("huge: is 1e30", () => config.TryGetLong("huge", out _));
        Fails("name: is the string", () => config.GetDouble("name"));
        Fails("eos: is a list of 2", () => config.GetInt("eos"));
        Fails("rope: is an object", () => config.GetBool("rope"));
        Fails("rope.type: is the string \"llama3\", a number is expected", () => config.GetObject("rope").GetDouble("type"));
        Fails("mixed[1]: is the string", () => config.TryGetInts("mixed", out _));
        Fails("flag: is true, a list", () => config.TryGetInts("flag", out _));
        Fails("nan: is an object, an integer", () => config.GetInt("nan"));
        Fails("list[1].a: is the string", () => config.TryGetObjects("list", out ConfigJson[] l) ? l[1].GetInt("a") : 0);
        Fails("eos[0]: is 1, an object", () => config.TryGetObjects("eos", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("NaN")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{\"a\": nan}")]
    [InlineData("{\"a\": +Infinity}")]
    [InlineData("{\"a\": Infinit}")]
    [InlineData("{\"a\": NaNs}")]
    [InlineData("{\"a\": -NaN}")]
    [InlineData("{\"a\": 01}")]
    [InlineData("{\"a\": 1,}")]
    [InlineData("{\"a\": 1} // no")]
    [InlineData("{'a': 1}")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"a\": {\"b\": 1, \"\\u0062\": 2}}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    [InlineData("{\"\\udc00\": 1}")]
    [InlineData("{NaN: 1}")]
    [InlineData("{\"a\": \"x")]
    public void OtherTextIsRefused(string text) =>
        Fault.Of(folder.Write("config.json", text), p => Read(p));

    [Fact]
    public void BytesThatAreNotTextAreRefused() =>
        Fault.Of(folder.Write("config.json", [.. "{\"a\": \""u8, 0xFF, .. "\"}"u8]), p => Read(p), "not UTF-8");

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void DepthIsLimited(int depth)
    {
        string text = "{\"a\": " + new string('[', depth) + new string(']', depth) + "}";
        Fault.Of(folder.Write("config.json", text), p => Read(p), "depth");
        text = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Fault.Of(folder.Write("config.json", text), p => Read(p), "depth");
    }

    [Fact]
    public void LengthIsLimited()
    {
        string path = folder.Write("config.json", "{}");
        using (FileStream stream = File.OpenWrite(path)) stream.SetLength(ConfigJson.DefaultLimit + 1L);
        Fault.Of(path, p => Read(p), "16777217 bytes");
    }

    [Fact]
    public void AByteOrderMarkIsSkipped() => Assert.Equal(1, Parse("\uFEFF{\"a\": 1}").GetInt("a"));

    [Property]
    public void TextInStringsIsLeftAlone(string before, string after)
    {
        if (before is null || after is null) return;
        string text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(before + " NaN, -Infinity " + after));
        using var buffer = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("a", text);
            json.WritePropertyName("b");
            json.WriteRawValue("-Infinity", skipInputValidation: true);
            json.WriteEndObject();
        }

        ConfigJson read = ConfigJson.Parse(buffer.ToArray(), "config.json");
        Assert.Equal(text, read.GetString("a"));
        Assert.Equal(double.NegativeInfinity, read.GetDouble("b"));
    }

    [Fact]
    public void EveryConfigOfTheReferenceDataIsRead()
    {
        string root = Shared.Require("oracle");
        int read = 0;
        foreach (string path in Directory.EnumerateFiles(root, "*config*.json", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(Shared.Require("reports"), "*config*.json", SearchOption.AllDirectories)))
        {
            Assert.NotEmpty(ConfigJson.Read(path).Keys);
            read++;
        }

        Assert.True(read > 50);
    }

    private static ConfigJson Parse(string text) => ConfigJson.Parse(Encoding.UTF8.GetBytes(text), "config.json");

    private static MemoryStream Read(string path)
    {
        ConfigJson.Read(path);
        return new MemoryStream();
    }

    private static void Fails(string message, Func<object?> work) =>
        Assert.Contains("config.json: " + message, Assert.Throws<ModelFormatException>(() => work()).Message, StringComparison.Ordinal);
}

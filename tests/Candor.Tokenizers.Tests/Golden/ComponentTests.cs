using System.Text.Json;
using Candor.Tokenizers.Decoders;
using Candor.Tokenizers.Json;
using Candor.Tokenizers.Normalizers;
using Candor.Tokenizers.PreTokenization;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Tests.Golden;

public class ComponentTests
{
    public static TheoryData<string> Normalizers => Names("normalizers");

    public static TheoryData<string> PreTokenizers => Names("pre_tokenizers");

    public static TheoryData<string> Decoders => Names("decoders");

    [Theory]
    [MemberData(nameof(Normalizers))]
    public void Normalizers_give_the_reference_text(string name)
    {
        JsonElement golden = Find("normalizers", name);
        Normalizer normalizer = NormalizerReader.Read(new JsonField(golden.GetProperty("json"), "golden"));
        int count = 0;
        foreach (JsonElement pair in golden.GetProperty("cases").EnumerateArray())
        {
            Assert.Equal(pair[1].GetString(), normalizer.Apply(pair[0].GetString()!));
            count++;
        }

        GoldenTable.Passed("tokenizers", "components", "normalizers", count);
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Pre_tokenizers_give_the_reference_pieces(string name)
    {
        JsonElement golden = Find("pre_tokenizers", name);
        PreTokenizer preTokenizer = PreTokenizerReader.Read(new JsonField(golden.GetProperty("json"), "golden"));
        int count = 0;
        foreach (JsonElement sample in golden.GetProperty("cases").EnumerateArray())
        {
            string text = sample.Text("text");
            var aligned = new AlignedText(CodePoints.From(text), 0, tracks: true);
            var pieces = new PreTokenizedText(aligned);
            preTokenizer.Apply(pieces);
            Assert.Equal(sample.GetProperty("pieces").Strings(), pieces.Pieces.Select(p => CodePoints.ToText(aligned.Points[p.Start..p.End])));
            Assert.Equal(
                sample.GetProperty("offsets").Ints(),
                GoldenJson.Flat(pieces.Pieces.Select(p => (aligned.Begin(p.Start), aligned.End(p.End - 1)))));
            count++;
        }

        GoldenTable.Passed("tokenizers", "components", "pre_tokenizers", count);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decoders_give_the_reference_text(string name)
    {
        JsonElement golden = Find("decoders", name);
        TokenDecoder decoder = DecoderReader.Read(new JsonField(golden.GetProperty("json"), "golden"));
        int count = 0;
        foreach (JsonElement sample in golden.GetProperty("cases").EnumerateArray())
        {
            var pieces = new List<string>(sample.GetProperty("tokens").Strings());
            decoder.Apply(pieces);
            Assert.Equal(sample.Text("text"), string.Concat(pieces));
            count++;
        }

        GoldenTable.Passed("tokenizers", "components", "decoders", count);
    }

    private static JsonElement? Components()
    {
        string? path = Shared.Oracle is null ? null : Path.Combine(Shared.Oracle, "tokenizers", "components.json");
        return path is not null && File.Exists(path) ? GoldenJson.Load(path) : null;
    }

    private static TheoryData<string> Names(string kind) => Shared.Rows(Components()?.Get(kind)?.EnumerateArray().Select(Name) ?? []);

    private static string Name(JsonElement golden, int index) => golden.Get("name")?.GetString() ?? $"{index} {golden.GetProperty("json").GetRawText()}";

    private static JsonElement Find(string kind, string name)
    {
        if (name.Length == 0) Shared.RequireOracle("tokenizers", "components.json");
        return Components()!.Value.GetProperty(kind).EnumerateArray().Where((g, i) => Name(g, i) == name).Single();
    }
}

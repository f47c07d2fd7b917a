using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training.Tests.Data;

/// <summary>Data that a model writes: its order, what is left out, and going on.</summary>
public sealed class GeneratedFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TextsAreWrittenInTheirOrderWithTheirProvenance()
    {
        using (GeneratedFile file = Open())
        {
            file.Add(2, "c", "The third text is here.", true);
            Assert.Equal((0, 0), (file.Next, file.Kept));
            file.Add(0, "a", " The first text is here. ", true);
            file.Add(1, "b", "cut o", false);
            Assert.Equal((3, 2, 1, 0), (file.Next, file.Kept, file.Filtered, file.Duplicates));
            file.Add(3, "d", "the THIRD text is here", true);
            Assert.Equal(1, file.Duplicates);
        }

        JsonElement[] lines = [.. File.ReadLines(folder["out.jsonl"]).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["The first text is here.", "The third text is here."], lines.Select(l => l.GetProperty("messages")[1].GetProperty("content").GetString()));
        JsonElement provenance = lines[1].GetProperty("provenance");
        Assert.Equal(("tiny", "abc", 7, 2, 0.5), (provenance.GetProperty("model").GetString(), provenance.GetProperty("model_sha256").GetString(), provenance.GetProperty("seed").GetInt32(), provenance.GetProperty("index").GetInt32(), provenance.GetProperty("temperature").GetDouble()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void AnInterruptedFileIsGoneOnWith(int lost)
    {
        using (GeneratedFile file = Open())
            for (int i = 0; i < 5; i++) file.Add(i, "p", $"Text number {i} says {i * i}.", true);
        byte[] whole = File.ReadAllBytes(folder["out.jsonl"]);
        File.WriteAllBytes(folder["out.jsonl"], whole[..^lost]);
        using (GeneratedFile file = Open())
        {
            Assert.Equal(lost == 0 ? 5 : 4, file.Next);
            for (int i = file.Next; i < 5; i++) file.Add(i, "p", $"Text number {i} says {i * i}.", true);
            file.Add(5, "p", "Text number 0 says 0.", true);
            Assert.Equal((5, 1), (file.Kept, file.Duplicates));
        }

        Assert.Equal(whole, File.ReadAllBytes(folder["out.jsonl"]));
    }

    [Fact]
    public void AFileOfAnotherSeedIsRefused()
    {
        using (GeneratedFile file = Open()) file.Add(0, "p", "A text.", true);
        Assert.Contains("another model, seed", Assert.Throws<TrainingException>(() => Open(8)).Message, StringComparison.Ordinal);
        folder.Write("out.jsonl", "what is this\n");
        Assert.Throws<TrainingException>(() => Open());
    }

    [Fact]
    public void PromptsDependOnTheirNumberAndTheSeed()
    {
        var set = new PromptSet(["Tell of {animal} in {\"json\": {animal}}.", "{other}"], new Dictionary<string, IReadOnlyList<string>> { ["animal"] = ["a hen", "a dog", "an owl"] });
        string[] drawn = [.. Enumerable.Range(0, 60).Select(i => set.Draw(i, 1))];
        Assert.Equal(drawn, Enumerable.Range(0, 60).Select(i => set.Draw(i, 1)));
        Assert.NotEqual(drawn, Enumerable.Range(0, 60).Select(i => set.Draw(i, 2)));
        Assert.All(drawn.Where((_, i) => i % 2 == 1), d => Assert.Equal("{other}", d));
        Assert.Matches("^Tell of (a hen|a dog|an owl) in {\"json\": (a hen|a dog|an owl)}\\.$", drawn[0]);
        Assert.Equal(3, drawn.Where((_, i) => i % 2 == 0).Select(d => d[8..d.IndexOf(" in", StringComparison.Ordinal)]).Distinct().Count());
        Assert.Throws<TrainingException>(() => new PromptSet([], new Dictionary<string, IReadOnlyList<string>>()));
    }

    [Theory]
    [InlineData("One. Two is cu", "One.")]
    [InlineData("He said \"Stop!\" and th", "He said \"Stop!\"")]
    [InlineData("It costs 3.50 and", "")]
    [InlineData("Whole.", "Whole.")]
    [InlineData("", "")]
    public void TextsAreTrimmedToWholeSentences(string text, string trimmed) => Assert.Equal(trimmed, SentenceEnd.Trim(text));

    private GeneratedFile Open(ulong seed = 7) =>
        GeneratedFile.Open(folder["out.jsonl"], new GeneratedOrigin("tiny", "abc", seed, new JsonObject { ["temperature"] = 0.5 }), GeneratedShape.Messages, new RecipeFilter(), 0.8);
}

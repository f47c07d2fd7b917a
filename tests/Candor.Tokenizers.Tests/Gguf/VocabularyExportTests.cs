using System.Text.Json;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>Tokenizers of folders as GGUF vocabularies: the same ids, or a refusal.</summary>
public class VocabularyExportTests
{
    public static TheoryData<string> Folders => VectorTests.Folders;

    [Theory]
    [MemberData(nameof(Folders))]
    public void TheVocabularyGivesTheSameIdsOrIsRefused(string name)
    {
        string folder = Shared.RequireOracle("tokenizers", name);
        GgufVocabulary vocabulary;
        try
        {
            vocabulary = VocabularyExport.Of(folder);
        }
        catch (TokenizerFormatException e)
        {
            Assert.Contains("GGUF", e.Message, StringComparison.Ordinal);
            return;
        }

        Tokenizer original = TokenizerFolder.Open(folder).Tokenizer, made = GgufTokenizer.Create(vocabulary);
        int count = 0;
        foreach (JsonElement sample in GoldenJson.Load(Path.Combine(folder, "vectors.json")).GetProperty("cases").EnumerateArray())
        {
            string text = sample.Text("text");
            // The file does not tell whether the sign for a space, typed in a text, is one.
            if (vocabulary.Model is "llama" or "t5" && text.Contains('\u2581')) continue;
            Assert.True(original.Encode(text).AsSpan().SequenceEqual(made.Encode(text)), $"'{text}': {string.Join(' ', made.Encode(text).Take(40))} for {string.Join(' ', original.Encode(text).Take(40))}");
            count++;
        }

        Assert.Equal(original.Encode("a b", addSpecial: true), made.Encode("a b", addSpecial: true));
        GoldenTable.Passed("tokenizers", name, "to gguf", count);
    }
}

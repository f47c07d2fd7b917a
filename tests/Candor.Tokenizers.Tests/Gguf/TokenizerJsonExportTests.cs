using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>Vocabularies of GGUF files as tokenizer.json: the same ids, or none.</summary>
public class TokenizerJsonExportTests
{
    public static TheoryData<string> Files => Shared.Rows(
        Shared.Folder is null ? [] : Directory.GetFiles(Path.Combine(Shared.Folder, "data", "tokenizers"), "*.gguf").Where(f => File.Exists(f + ".inp")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Published_vocabularies_come_out_the_same(string name)
    {
        string path = Shared.Require("data", "tokenizers", name);
        GgufVocabulary vocabulary = TestGguf.Read(path);
        byte[]? file = TokenizerJsonExport.Of(vocabulary);
        Assert.NotNull(file);
        Tokenizer original = GgufTokenizer.Create(vocabulary), made = JsonTokenizer.Parse(file, name);
        foreach (string text in File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n"))
        {
            Assert.Equal(original.Encode(text), made.Encode(text));
            Assert.Equal(original.Decode(original.Encode(text)), made.Decode(made.Encode(text)));
        }
    }

    [Fact]
    public void Damaged_vocabularies_are_refused() =>
        Assert.Throws<TokenizerFormatException>(() => TokenizerJsonExport.Of(new GgufVocabulary { Source = "x", Model = "nonsense", Tokens = ["a"] }));
}

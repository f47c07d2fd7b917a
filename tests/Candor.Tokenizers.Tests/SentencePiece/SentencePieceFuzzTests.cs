using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Damaged model files.</summary>
public class SentencePieceFuzzTests
{
    [Fact]
    public void Damaged_models_give_a_tokenizer_or_a_clear_error()
    {
        List<byte[]> seeds =
        [
            TestModel.Small(), TestModel.Small(SegmentationKind.Unigram, trim: true), TestModel.Small(byteFallback: false), TestModel.Small(SegmentationKind.Word), WithCharacterMap(),
        ];
        Fuzz.Run<TokenizerFormatException>(seeds, Use, factor: 200);
    }

    [Fact]
    public void Damaged_real_models_give_a_tokenizer_or_a_clear_error()
    {
        string[] names = [.. Shared.OracleFolders("tokenizers").Where(n => File.Exists(Path.Combine(Shared.Oracle!, "tokenizers", n, "tokenizer.model")))];
        if (names.Length == 0) Assert.Skip("needs the golden files, which are not here");
        Fuzz.Run<TokenizerFormatException>([.. names.Select(n => File.ReadAllBytes(Path.Combine(Shared.Oracle!, "tokenizers", n, "tokenizer.model")))], Use, factor: 60);
    }

    [Fact]
    public void Every_truncation_gives_a_tokenizer_or_a_clear_error()
    {
        byte[] model = WithCharacterMap();
        for (int length = 0; length < model.Length; length++)
        {
            try
            {
                Use(model[..length]);
            }
            catch (TokenizerFormatException)
            {
                // Most lengths cut a field in two; some leave a smaller model that is whole.
            }
        }
    }

    [Fact]
    public void A_trie_that_turns_in_a_circle_ends()
    {
        // Every unit says: label 'a', no leaf, children where this unit is.
        byte[] map = new byte[4 + 1024 + 2];
        BitConverter.TryWriteBytes(map, 1024);
        for (int i = 0; i < 256; i++) BitConverter.TryWriteBytes(map.AsSpan(4 + (4 * i)), (uint)'a' | ((uint)'a' << 10) | 0x100);
        byte[] model = [.. TestModel.Small(), .. new TestModel().Field(3, new TestModel().Field(2, map).Bytes).Bytes];
        double begin = ThreadClock.Seconds;
        SentencePieceTokenizer.Parse(model, "circle").Encode(new string('a', 20_000));
        Assert.InRange(ThreadClock.Seconds - begin, 0, 20);
    }

    private static byte[] WithCharacterMap()
    {
        // One rule: "A" becomes "a". Unit 0 leads to unit 'A' ^ 1, whose leaf stands at offset 0 of the strings.
        var units = new uint[256];
        units[0] = 1u << 10;
        units['A' ^ 1] = 'A' | 0x100 | (2u << 10);
        units['A' ^ 1 ^ 2] = 0x8000_0000;
        byte[] map = new byte[4 + (4 * units.Length) + 2];
        BitConverter.TryWriteBytes(map, 4 * units.Length);
        Buffer.BlockCopy(units, 0, map, 4, 4 * units.Length);
        map[^2] = (byte)'a';
        byte[] model = [.. TestModel.Small(), .. new TestModel().Field(3, new TestModel().Field(2, map).Bytes).Bytes];
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Parse(model, "map");
        Assert.Equal(tokenizer.Encode("aaB"), tokenizer.Encode("AaB"));
        return model;
    }

    private static void Use(byte[] data)
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Parse(data, "damaged");
        int[] ids = tokenizer.Encode("Hello  world, naïve 你好 🙂 </s>[x]\n", parseSpecial: true, addSpecial: true);
        tokenizer.Decode(ids, skipSpecial: true);
        tokenizer.Decode([.. Enumerable.Range(-1, Math.Min(tokenizer.VocabularySize, 500) + 2)]);
    }
}

using System.Text.Json;
using Candor.Tokenizers.Tests.Golden;
using Candor.Tokenizers.Training;

namespace Candor.Tokenizers.Tests.Training;

/// <summary>Byte-level BPE that is learnt here against the reference trainer and a naive one.</summary>
public class BytePairTrainerTests
{
    [Fact]
    public void MergesAreThoseOfTheReference()
    {
        JsonElement golden = GoldenJson.Load(Shared.RequireOracle("training", "tokenizer", "bpe.json"));
        string text = File.ReadAllText(Shared.RequireOracle("training", "tokenizer", "text.txt"));
        TrainedVocabulary trained = BytePairTrainer.Train([text], new BytePairTrainingOptions { VocabularySize = golden.GetProperty("vocab_size").GetInt32(), SpecialTokens = golden.GetProperty("special").Strings() });
        Assert.Equal(golden.GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}"), trained.Merges);
        foreach (JsonProperty token in golden.GetProperty("vocab").EnumerateObject()) Assert.Equal(token.Name, trained.Tokens[token.Value.GetInt32()]);
        JsonTokenizer tokenizer = JsonTokenizer.Parse(trained.ToTokenizerJson(), "trained");
        foreach (JsonElement probe in golden.GetProperty("probes").EnumerateArray()) Assert.Equal(probe.GetProperty("ids").Ints(), tokenizer.Encode(probe.Text("text")));
        Assert.Equal(golden.GetProperty("tokens_of_text").GetInt32(), tokenizer.Encode(text).Length);
        GoldenTable.Passed("training", "tokenizer", "bpe");
    }

    [Fact]
    public void MergesAreThoseOfANaiveTrainer()
    {
        var random = new Random(3);
        for (int round = 0; round < 30; round++)
        {
            string[] words = [.. Enumerable.Range(0, 60).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "abc"[random.Next(3)])))];
            TrainedVocabulary trained = BytePairTrainer.Train([string.Join(' ', words)], new BytePairTrainingOptions { VocabularySize = 300 });
            Assert.Equal(Naive(string.Join(' ', words), 300 - 256), trained.Merges);
        }
    }

    [Fact]
    public void AnyTextComesBack()
    {
        TrainedVocabulary trained = BytePairTrainer.Train(["The hen laid an egg. The hen was glad."], new BytePairTrainingOptions { VocabularySize = 280, SpecialTokens = ["<|end|>"] });
        JsonTokenizer tokenizer = JsonTokenizer.Parse(trained.ToTokenizerJson(), "trained");
        foreach (string text in (string[])["The hen", "", "ünï 🦙 \0\n\t", "<|end|>", "  a  "]) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal([0], tokenizer.Encode("<|end|>", parseSpecial: true));
        Assert.Throws<ArgumentException>(() => BytePairTrainer.Train([], new BytePairTrainingOptions { VocabularySize = 200 }));
        Assert.Throws<ArgumentException>(() => BytePairTrainer.Train([], new BytePairTrainingOptions { VocabularySize = 300, PreTokenizer = "nonsense" }));
    }

    /// <summary>Counts all pairs anew before each merge.</summary>
    private static List<string> Naive(string text, int merges)
    {
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(b => ((char)Candor.Tokenizers.Text.ByteAlphabet.Character((byte)b)).ToString()).Order(StringComparer.Ordinal)];
        List<string> tokens = [.. alphabet];
        List<List<int>> words = [.. text.Split(' ').Select((w, i) => ((i > 0 ? "Ġ" : "") + w).Select(c => tokens.IndexOf(c.ToString())).ToList())];
        var made = new List<string>();
        while (tokens.Count < 256 + merges)
        {
            var counts = new Dictionary<(int, int), int>();
            foreach (List<int> w in words)
                for (int i = 0; i + 1 < w.Count; i++) counts[(w[i], w[i + 1])] = counts.GetValueOrDefault((w[i], w[i + 1])) + 1;
            if (counts.Count == 0 || counts.Values.Max() < 2) break;
            (int left, int right) = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Item1).ThenBy(c => c.Key.Item2).First().Key;
            made.Add($"{tokens[left]} {tokens[right]}");
            string token = tokens[left] + tokens[right];
            if (!tokens.Contains(token)) tokens.Add(token);
            int id = tokens.IndexOf(token);
            foreach (List<int> w in words)
                for (int i = 0; i + 1 < w.Count; i++)
                    if (w[i] == left && w[i + 1] == right)
                    {
                        w[i] = id;
                        w.RemoveAt(i + 1);
                    }
        }

        return made;
    }
}

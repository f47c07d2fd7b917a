using System.Text.Json;
using Candor.Tokenizers.Tests.Golden;
using Candor.Tokenizers.Training;

namespace Candor.Tokenizers.Tests.Training;

/// <summary>Unigram vocabularies that are learnt here against SentencePiece's.</summary>
public class UnigramTrainerTests
{
    [Fact]
    public void TextCostsAsMuchAsWithTheReference()
    {
        JsonElement golden = GoldenJson.Load(Shared.RequireOracle("training", "tokenizer", "unigram.json"));
        string text = File.ReadAllText(Shared.RequireOracle("training", "tokenizer", "text.txt"));
        int size = golden.GetProperty("vocab_size").GetInt32();
        TrainedUnigram trained = UnigramTrainer.Train([text], new UnigramTrainingOptions { VocabularySize = size, SpecialTokens = ["<unk>", "<s>", "</s>"] });
        Assert.Equal(size, 3 + 256 + trained.Pieces.Count);
        JsonTokenizer tokenizer = JsonTokenizer.Parse(trained.ToTokenizerJson(), "trained");
        Dictionary<int, double> scores = trained.Pieces.Select((p, i) => (p.Score, i)).ToDictionary(p => 259 + p.i, p => p.Score);
        double log = 0;
        int tokens = 0, bytes = 0;
        string[] lines = [.. text.Split('\n').Where(l => l.Length > 0)];
        Assert.Equal(golden.GetProperty("lines").GetInt32(), lines.Length);
        foreach (string line in lines)
        {
            int[] ids = tokenizer.Encode(line);
            Assert.Equal(line, tokenizer.Decode(ids));
            tokens += ids.Length;
            bytes += System.Text.Encoding.UTF8.GetByteCount(line);
            log += ids.Sum(id => scores.TryGetValue(id, out double score) ? score : 0);
        }

        double perByte = (double)golden.GetProperty("tokens").GetInt32() / golden.GetProperty("tokens_per_byte").GetDouble();
        Assert.InRange(tokens / perByte / golden.GetProperty("tokens_per_byte").GetDouble(), 0.98, 1.02);
        // Likelier than the reference's by more than 2 %: it drops frequent characters (h, b and w here) and takes them back with the
        // least score of all, where ours keep the probability that they have.
        Assert.InRange(log / tokens / golden.GetProperty("log_likelihood_per_token").GetDouble(), 0.9, 1.02);
        Assert.InRange(log / golden.GetProperty("log_likelihood_best_segmentation").GetDouble(), 0.9, 1.02);
        GoldenTable.Passed("training", "tokenizer", "unigram");
    }

    [Fact]
    public void AnyTextComesBackAndTheSeedOfAWordDoesNotMatter()
    {
        string[] texts = ["The hen laid an egg. The hen was glad.", "The fox saw the hen, and the hen saw the fox. 1234 1235"];
        var options = new UnigramTrainingOptions { VocabularySize = 320, SpecialTokens = ["<|end|>"] };
        TrainedUnigram trained = UnigramTrainer.Train(texts, options), again = UnigramTrainer.Train(texts.Reverse(), options);
        Assert.Equal(trained.Pieces, again.Pieces);
        Assert.Contains(trained.Pieces, p => p.Text == "▁hen");
        Assert.True(trained.Pieces.Count <= 320 - 258);
        Assert.InRange(trained.Pieces.Sum(p => Math.Exp(p.Score)), 0.5, 1.0001);
        JsonTokenizer tokenizer = JsonTokenizer.Parse(trained.ToTokenizerJson(), "trained");
        foreach (string text in (string[])["The hen", "ünï 🦙 \0\n\t", "<|end|>", "a  b"]) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal(0, tokenizer.Encode("<|end|>", parseSpecial: true)[^1]);
    }

    [Fact]
    public void WhatCannotBeIsRefusedBeforeTheTextsAreRead()
    {
        IEnumerable<string> unread = Enumerable.Repeat("x", 1).Select<string, string>(_ => throw new InvalidOperationException("read"));
        foreach (string[] special in (string[][])[[""], ["a"], ["<a>", "<a>"]])
        {
            Assert.Throws<ArgumentException>(() => UnigramTrainer.Train(unread, new UnigramTrainingOptions { VocabularySize = 600, SpecialTokens = special }));
            Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(unread, new BytePairTrainingOptions { VocabularySize = 600, SpecialTokens = special }));
        }

        Assert.Throws<ArgumentException>(() => UnigramTrainer.Train(["The hen"], new UnigramTrainingOptions { VocabularySize = 257 }));
        Assert.Throws<ArgumentNullException>(() => UnigramTrainer.Train([null!], new UnigramTrainingOptions { VocabularySize = 600 }));
        Assert.Throws<ArgumentNullException>(() => BytePairTrainer.Train([null!], new BytePairTrainingOptions { VocabularySize = 600 }));
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => UnigramTrainer.Train(["The hen"], new UnigramTrainingOptions { VocabularySize = 600 }, null, stopped.Token));
    }
}

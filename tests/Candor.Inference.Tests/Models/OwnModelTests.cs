using System.Text.Json;
using Candor.Inference;
using Candor.Inference.Sampling;
using Candor.Tokenizers.Templates;

namespace Candor.Inference.Tests.Models;

/// <summary>The small model that comes with Candor, on the questions that were held out of its data.</summary>
public class OwnModelTests
{
    /// <summary>Questions of the held-out ones that its card claims, less a few for other processors' rounding.</summary>
    private const int Right = 176;

    /// <summary>Perplexity of its stories under a real model over that of the real model's own, that its card claims, and a little for other processors' rounding.</summary>
    private const double StoryRatio = 1.3;

    private static readonly string[] Animals = ["a hen", "a dog", "a cat", "a duck", "a sheep", "a horse", "an owl", "a frog", "a mouse", "a pig", "a rabbit", "a bear", "a fox", "a cow", "a bird"];

    private static string Folder => Path.Combine(Shared.Root, "models", "small");

    [Fact]
    public void ItAnswersWhatItsCardSays()
    {
        using LanguageModel model = LanguageModel.Open(Path.Combine(Folder, "candor-small.gguf"));
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 60 };
        var wrong = new List<string>();
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "check.jsonl"));
        foreach (string line in lines)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            using Session session = model.CreateSession();
            int[] prompt = model.EncodeChat(ChatTemplateRequest.FromJson(json.RootElement.GetProperty("messages")) with { AddGenerationPrompt = true });
            string text = session.Generate(prompt, options).Text, answer = json.RootElement.GetProperty("answer").GetString()!;
            if (!text.Contains(answer, StringComparison.Ordinal)) wrong.Add($"{json.RootElement.GetProperty("topic").GetString()}: {json.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()} {text}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{lines.Length - wrong.Count} of {lines.Length} right\n{string.Join('\n', wrong)}");
        Assert.True(lines.Length - wrong.Count >= Right, $"{wrong.Count} of {lines.Length} wrong:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void ItsStoriesAreJudgedByARealModel()
    {
        using LanguageModel judge = LanguageModel.Open(Shared.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf")), own = LanguageModel.Open(Path.Combine(Folder, "candor-small.gguf"));
        double ours = Perplexity(judge, Stories(own)), theirs = Perplexity(judge, Stories(judge));
        TestContext.Current.TestOutputHelper?.WriteLine($"perplexity {ours:0.00}, the judge's own stories {theirs:0.00}, ratio {ours / theirs:0.00}");
        Assert.True(ours <= StoryRatio * theirs, $"{ours} where the judge's own stories have {theirs}");
    }

    [Fact]
    public void ItEndsItsTurns()
    {
        using LanguageModel model = LanguageModel.Open(Path.Combine(Folder, "candor-small.gguf"));
        using Session session = model.CreateSession();
        GenerationResult result = session.Generate(model.EncodeChat(ChatTemplateRequest.Of([("user", "Who are you?")])), new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 100 });
        Assert.Equal(FinishReason.Stop, result.Finish);
        Assert.Contains("Candor", result.Text, StringComparison.Ordinal);
    }

    /// <summary>The first hundred words of a story about each animal, as chats draw them.</summary>
    private static string[] Stories(LanguageModel model)
    {
        var stories = new string[Animals.Length];
        IEnumerable<GenerationRequest> requests = Animals.Select((animal, i) => new GenerationRequest(
            model.EncodeChat(ChatTemplateRequest.Of([("user", $"Tell me a story about {animal}.")])),
            new GenerationOptions { MaxTokens = 160, Sampling = SamplingOptions.Balanced with { Seed = (ulong)i + 1 } }));
        foreach ((int index, GenerationResult result) in BatchedGeneration.Run(model, requests, Animals.Length, null, TestContext.Current.CancellationToken))
            stories[index] = string.Join(' ', result.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(100));
        return stories;
    }

    /// <summary>Over all tokens of the texts, each after the judge's token that begins a text.</summary>
    private static double Perplexity(LanguageModel judge, string[] texts)
    {
        double sum = 0;
        int count = 0;
        foreach (string text in texts)
        {
            TextScore score = Scoring.Score(judge, [judge.Text.BosId ?? 1, .. judge.Tokenizer.Encode(text)]);
            sum += score.LogProbabilities.Sum();
            count += score.LogProbabilities.Count;
        }

        return Math.Exp(-sum / count);
    }
}

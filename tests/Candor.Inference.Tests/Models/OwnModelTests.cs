using System.Text.Json;
using Candor.Inference;
using Candor.Inference.Sampling;
using Candor.Tokenizers.Templates;

namespace Candor.Inference.Tests.Models;

/// <summary>The small model that comes with Candor, on the questions that were held out of its data.</summary>
public class OwnModelTests
{
    /// <summary>Questions of the held-out ones that its card claims, less a few for other processors' rounding.</summary>
    private const int Right = 85;

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
    public void ItEndsItsTurns()
    {
        using LanguageModel model = LanguageModel.Open(Path.Combine(Folder, "candor-small.gguf"));
        using Session session = model.CreateSession();
        GenerationResult result = session.Generate(model.EncodeChat(ChatTemplateRequest.Of([("user", "Who are you?")])), new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 100 });
        Assert.Equal(FinishReason.Stop, result.Finish);
        Assert.Contains("Candor", result.Text, StringComparison.Ordinal);
    }
}

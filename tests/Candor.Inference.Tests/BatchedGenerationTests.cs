using Candor.Inference.Sampling;
using Candor.Kernels;
using Candor.Models;
using Candor.Tokenizers.Templates;

namespace Candor.Inference.Tests;

/// <summary>Several answers decoded over one pass of the weights are the answers that each prompt gets alone.</summary>
public class BatchedGenerationTests
{
    private static readonly string[] Questions = ["Hello!", "What is 3 + 4?", "What is the capital of France?", "Who are you?", "Tell me a story about a hen.", "What does a cow eat?", "What day comes after Monday?"];

    [Theory]
    [InlineData(1, ActivationMode.F32)]
    [InlineData(3, ActivationMode.F32)]
    [InlineData(16, ActivationMode.F32)]
    [InlineData(5, ActivationMode.Auto)]
    public void AnswersAreThoseOfEachPromptAlone(int sessions, ActivationMode activations)
    {
        using LanguageModel model = Open(activations);
        GenerationRequest[] requests = [.. Questions.Select((q, i) => Request(model, q, i))];
        GenerationResult[] alone = [.. requests.Select(r =>
        {
            using Session session = model.CreateSession();
            return session.Generate(r.Prompt, r.Options);
        })];
        var together = new GenerationResult[requests.Length];
        foreach ((int index, GenerationResult result) in BatchedGeneration.Run(model, requests, sessions, null, TestContext.Current.CancellationToken)) together[index] = result;
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(alone[i].GeneratedIds, together[i].GeneratedIds);
            Assert.Equal(alone[i].Text, together[i].Text);
            Assert.Equal(alone[i].Finish, together[i].Finish);
        }

        Assert.Contains(together, r => r.Finish == FinishReason.Length);
        Assert.Contains(together, r => r.Finish == FinishReason.Stop);
    }

    [Fact]
    public void RequestsAreDrawnAsRoomBecomesFree()
    {
        using LanguageModel model = Open(ActivationMode.Auto);
        int drawn = 0;
        IEnumerable<GenerationRequest> Endless()
        {
            while (true)
            {
                drawn++;
                yield return Request(model, Questions[drawn % Questions.Length], drawn);
            }
        }

        Assert.Equal(4, BatchedGeneration.Run(model, Endless(), 3, null, TestContext.Current.CancellationToken).Take(4).Count());
        Assert.InRange(drawn, 4, 7);
        Assert.Empty(BatchedGeneration.Run(model, [], 3, null, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchedGeneration.Run(model, [], 0, null, TestContext.Current.CancellationToken));
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => BatchedGeneration.Run(model, Endless(), 3, null, stopped.Token).First());
    }

    [Fact]
    public void AWrongPromptIsRefusedAndNothingIsLeft()
    {
        using LanguageModel model = Open(ActivationMode.Auto);
        GenerationRequest[] requests = [Request(model, "Hello!", 1), new GenerationRequest([], new GenerationOptions()), Request(model, "Hello!", 2)];
        Assert.Throws<ModelInputException>(() => BatchedGeneration.Run(model, requests, 2, null, TestContext.Current.CancellationToken).ToList());
    }

    // Each with a temperature, a seed and a length of its own.
    private static GenerationRequest Request(LanguageModel model, string question, int number) => new(
        model.EncodeChat(ChatTemplateRequest.Of([("user", question)])),
        new GenerationOptions { MaxTokens = 4 + (7 * number % 40), Sampling = SamplingOptions.Balanced with { Temperature = number % 3 * 0.5, Seed = (ulong)number }, Stop = number % 2 == 0 ? ["."] : [] });

    private static LanguageModel Open(ActivationMode activations) => LanguageModel.Open(
        Path.Combine(Shared.Root, "models", "small", "candor-small.gguf"), new ModelOptions { Plan = new PlanOptions { Activations = activations, KeyValues = KeyValueType.F32 } });
}

using Candor.Inference.Sampling;
using Candor.Kernels;
using Candor.Models;
using Candor.Tokenizers.Templates;

namespace Candor.Inference.Tests.Speculation;

/// <summary>Guessing tokens ahead changes speed and nothing else.</summary>
public class SpeculationTests
{
    private static readonly string[] Prompts =
    [
        "Tell me a story about a hen.", "What is 3 + 4?", "Who are you?", "Tom is 9 years old. Write this as JSON.",
        "The cat sat on the mat. The cat sat on the mat. The cat sat on", "one two three four one two three four one two",
    ];

    public static TheoryData<bool, double, int> Ways
    {
        get
        {
            var ways = new TheoryData<bool, double, int>();
            foreach (bool draft in (bool[])[false, true])
                foreach (double temperature in (double[])[0, 0.7, 1.5])
                    foreach (int tokens in (int[])[1, 4, 11]) ways.Add(draft, temperature, tokens);
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void TheTextIsTheSame(bool draft, double temperature, int tokens)
    {
        using LanguageModel model = Own();
        int guessed = 0, right = 0;
        for (int i = 0; i < Prompts.Length; i++)
        {
            int[] prompt = i < 4 ? model.EncodeChat(ChatTemplateRequest.Of([("user", Prompts[i])])) : model.EncodePrompt(Prompts[i]);
            var plain = new GenerationOptions
            {
                MaxTokens = 40 + i, Sampling = SamplingOptions.Balanced with { Temperature = temperature, Seed = (ulong)i, RepetitionPenalty = i == 3 ? 1.2 : 1, FrequencyPenalty = i == 2 ? 0.3 : 0 }, LogProbabilities = 2,
            };
            using Session one = model.CreateSession(), other = model.CreateSession();
            GenerationResult expected = one.Generate(prompt, plain);
            GenerationResult actual = other.Generate(prompt, plain with { Speculation = new SpeculationOptions { Tokens = tokens, Draft = draft ? model : null, LeastProbability = 0.2, ShortestMatch = 1 } });
            Assert.Equal(expected.GeneratedIds, actual.GeneratedIds);
            Assert.Equal(expected.Text, actual.Text);
            Assert.Equal(expected.Finish, actual.Finish);
            Assert.Equal(expected.LogProbabilities.Select(t => t.LogProbability), actual.LogProbabilities.Select(t => t.LogProbability));
            // Nothing of a wrong guess is left: the conversation goes on from the same tokens.
            Assert.Equal(one.Tokens, other.Tokens);
            guessed += actual.GuessedTokens;
            right += actual.RightGuesses;
        }

        Assert.InRange(right, 1, guessed);
        if (draft && temperature == 0) Assert.True(right > guessed / 2, $"{right} of {guessed}");
    }

    [Fact]
    public void TextGuessesWhatFollowedItsLastTokens()
    {
        using var lookup = new PromptLookup(3, 1);
        var guesses = new int[4];
        Assert.Equal(4, lookup.Guess([1, 2, 3, 4, 5, 6, 1, 2, 3], guesses));
        Assert.Equal([4, 5, 6, 1], guesses);
        // The longest match counts first, then the latest.
        Assert.Equal(4, lookup.Guess([7, 1, 2, 9, 8, 2, 5, 5, 1, 2], guesses));
        Assert.Equal([9, 8, 2, 5], guesses);
        Assert.Equal(2, lookup.Guess([4, 4, 4], guesses.AsSpan(0, 2)) + 1);
        Assert.Equal(0, lookup.Guess([1, 2, 3], guesses));
        Assert.Equal(0, lookup.Guess([1], guesses));
        Assert.Equal(0, lookup.Guess([], guesses));
    }

    [Fact]
    public void WhatCannotGoBackOrDoesNotFitIsRefused()
    {
        using LanguageModel own = Own(), mamba = LanguageModel.Open(Shared.RequireOracle("arch", "mamba"));
        using Session session = mamba.CreateSession();
        Assert.Contains("go back", Assert.Throws<ModelInputException>(() => new GuessedTokens(session, new SpeculationOptions())).Message, StringComparison.Ordinal);
        using LanguageModel real = LanguageModel.Open(Shared.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using Session target = real.CreateSession();
        Assert.Contains("same tokens", Assert.Throws<ModelInputException>(() => target.Generate([1, 2], new GenerationOptions { Speculation = new SpeculationOptions { Draft = own } })).Message, StringComparison.Ordinal);
        using Session mine = own.CreateSession();
        Assert.Throws<ArgumentOutOfRangeException>(() => mine.Generate([1, 2], new GenerationOptions { Speculation = new SpeculationOptions { Tokens = 0 } }));
    }

    [Fact]
    public void BatchesTakeItToo()
    {
        using LanguageModel model = Own();
        var options = new GenerationOptions { MaxTokens = 30, Sampling = SamplingOptions.Greedy };
        GenerationRequest[] requests = [.. Prompts.Select((p, i) => new GenerationRequest(model.EncodePrompt(p), i % 2 == 0 ? options : options with { Speculation = new SpeculationOptions() }))];
        foreach ((int index, GenerationResult result) in BatchedGeneration.Run(model, requests, 3, null, TestContext.Current.CancellationToken))
        {
            using Session session = model.CreateSession();
            Assert.Equal(session.Generate(requests[index].Prompt, options).GeneratedIds, result.GeneratedIds);
        }
    }

    private static LanguageModel Own() => LanguageModel.Open(
        Path.Combine(Shared.Root, "models", "small", "candor-small.gguf"), new ModelOptions { Plan = new PlanOptions { Activations = ActivationMode.F32, KeyValues = KeyValueType.F32 } });
}

using Candor.Formats;
using Candor.Inference.Sampling;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Inference.Tests.Sessions;

/// <summary>A session that was saved goes on as if it had never been closed, and another model's is refused.</summary>
public class SavedSessionTests
{
    [Theory]
    [InlineData(KeyValueType.F32)]
    [InlineData(KeyValueType.F16)]
    [InlineData(KeyValueType.Q8_0)]
    [InlineData(KeyValueType.Q4_0)]
    public void ItGoesOnWhereItWas(KeyValueType type)
    {
        using var folder = new TempFolder();
        using LanguageModel model = Own(type);
        int[] ids = model.EncodePrompt("Once upon a time there was a brown hen. It lived at a small farm, and"), more = model.EncodePrompt(" every day it");
        using Session session = model.CreateSession();
        session.Advance(ids);
        session.Save(folder["s"], new Dictionary<string, string> { ["title"] = "A hen" });
        float[] expected = session.Advance(more);
        using Session again = model.RestoreSession(folder["s"]);
        Assert.Equal(ids, again.Tokens);
        Assert.Equal("A hen", again.Notes["title"]);
        Assert.Equal(expected, again.Advance(more));
    }

    [Theory]
    [InlineData("mamba")]
    [InlineData("falcon-h1")]
    [InlineData("deepseek-v3")]
    public void EveryKindOfMemoryIsKept(string family)
    {
        using var folder = new TempFolder();
        using LanguageModel model = LanguageModel.Open(Shared.RequireOracle("arch", family));
        using Session session = model.CreateSession();
        session.Advance([3, 5, 7, 11, 13]);
        session.Save(folder["s"]);
        float[] expected = session.Advance([2, 4]);
        using Session again = model.RestoreSession(folder["s"]);
        Assert.Equal(expected, again.Advance([2, 4]));
    }

    [Fact]
    public void AnEmptyOneIsKeptToo()
    {
        using var folder = new TempFolder();
        using LanguageModel model = Own(KeyValueType.Auto);
        using Session session = model.CreateSession();
        session.Save(folder["s"]);
        using Session again = model.RestoreSession(folder["s"]);
        Assert.Empty(again.Tokens);
    }

    [Fact]
    public void WhatDoesNotBelongTogetherIsRefused()
    {
        using var folder = new TempFolder();
        using LanguageModel model = Own(KeyValueType.F16), eight = Own(KeyValueType.Q8_0);
        using Session session = model.CreateSession();
        session.Advance([1, 2, 3]);
        session.Save(folder["s"]);
        Assert.Contains("f16", Assert.Throws<ModelInputException>(() => eight.RestoreSession(folder["s"])).Message, StringComparison.OrdinalIgnoreCase);
        using (LanguageModel other = LanguageModel.Open(Shared.RequireOracle("arch", "llama-gqa"), new ModelOptions { Plan = new PlanOptions { KeyValues = KeyValueType.F16 } }))
            Assert.Contains("another model", Assert.Throws<ModelInputException>(() => other.RestoreSession(folder["s"])).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => model.RestoreSession(Path.Combine(Shared.Root, "models", "small", "candor-small.gguf")));
        Assert.Throws<ModelFormatException>(() => model.RestoreSession(folder["none"]));

        // Cut anywhere, it is refused and not half read.
        byte[] all = File.ReadAllBytes(folder["s"]);
        for (int length = 0; length < all.Length; length += 1 + (all.Length / 40))
        {
            File.WriteAllBytes(folder["cut"], all[..length]);
            Assert.Throws<ModelFormatException>(() => model.RestoreSession(folder["cut"]));
        }
    }

    [Fact]
    public void APrefixIsReadOnce()
    {
        using LanguageModel model = Own(KeyValueType.Auto);
        using var cache = new PrefixCache(8 << 20);
        int[] common = model.EncodePrompt("Long ago, in a town by the sea, there lived an old fox who knew every street and every boat.");
        int[] first = [.. common, .. model.EncodePrompt(" One day it")], second = [.. common, .. model.EncodePrompt(" At night the fox")];
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 12 };
        using Session fresh = cache.Begin(model, first);
        Assert.Empty(fresh.Tokens);
        fresh.Generate(first, options);
        cache.Keep(fresh);
        Assert.True(cache.Bytes > 0);
        using Session warm = cache.Begin(model, second), cold = model.CreateSession();
        Assert.Equal(common.Length, warm.Tokens.Count);
        GenerationResult result = warm.Generate(second, options);
        Assert.Equal(common.Length, result.ReusedTokens);
        Assert.Equal(cold.Generate(second, options).GeneratedIds, result.GeneratedIds);

        // A copy changes nothing of what is kept; another model's and another adapter's beginnings are others.
        using Session third = cache.Begin(model, second);
        Assert.Equal(common.Length, third.Tokens.Count);
        using var adapter = new LoraAdapter(model.Plan);
        using Session adapted = cache.Begin(model, second, adapter);
        Assert.Empty(adapted.Tokens);
        using var none = new PrefixCache(0);
        none.Keep(fresh);
        Assert.Equal(0, none.Bytes);
    }

    [Fact]
    public void AForkGoesItsOwnWay()
    {
        using LanguageModel model = Own(KeyValueType.F32);
        using Session session = model.CreateSession();
        session.Advance([5, 6, 7]);
        using Session fork = session.Fork();
        fork.Advance([100, 101]);
        Assert.Equal([5, 6, 7], session.Tokens);
        using Session straight = model.CreateSession();
        straight.Advance([5, 6, 7]);
        Assert.Equal(straight.Advance([9]), session.Advance([9]));
    }

    private static LanguageModel Own(KeyValueType type) => LanguageModel.Open(
        Path.Combine(Shared.Root, "models", "small", "candor-small.gguf"), new ModelOptions { Plan = new PlanOptions { Activations = ActivationMode.F32, KeyValues = type } });
}

namespace Candor.Inference.Sampling.Tests;

public class SamplingOptionsTests
{
    public static TheoryData<string, SamplingOptions> Wrong => new()
    {
        { "TopK", new() { TopK = -1 } },
        { "TopK", new() { TopK = int.MinValue } },
        { "TopK", new() { TopK = int.MaxValue } },
        { "Temperature", new() { Temperature = -0.1 } },
        { "Temperature", new() { Temperature = double.NaN } },
        { "Temperature", new() { Temperature = double.PositiveInfinity } },
        { "DynamicTemperatureRange", new() { DynamicTemperatureRange = -1 } },
        { "DynamicTemperatureExponent", new() { DynamicTemperatureExponent = 0 } },
        { "TopP", new() { TopP = 1.01 } },
        { "TopP", new() { TopP = -0.01 } },
        { "MinP", new() { MinP = double.NaN } },
        { "TypicalP", new() { TypicalP = 2 } },
        { "TopNSigma", new() { TopNSigma = -1 } },
        { "XtcProbability", new() { XtcProbability = 1.5 } },
        { "XtcThreshold", new() { XtcThreshold = -1 } },
        { "EpsilonCutoff", new() { EpsilonCutoff = -1 } },
        { "EtaCutoff", new() { EtaCutoff = 2 } },
        { "RepetitionPenalty", new() { RepetitionPenalty = 0 } },
        { "RepetitionPenalty", new() { RepetitionPenalty = -1 } },
        { "FrequencyPenalty", new() { FrequencyPenalty = 1e9 } },
        { "PresencePenalty", new() { PresencePenalty = double.NaN } },
        { "PenaltyWindow", new() { PenaltyWindow = -2 } },
        { "DryMultiplier", new() { DryMultiplier = -1 } },
        { "DryBase", new() { DryBase = 0.5 } },
        { "DryAllowedLength", new() { DryAllowedLength = 0 } },
        { "DryWindow", new() { DryWindow = -2 } },
        { "DryBreakerTokens", new() { DryBreakerTokens = [10] } },
        { "DryBreakerTokens", new() { DryBreakerTokens = null! } },
        { "NoRepeatNGram", new() { NoRepeatNGram = -1 } },
        { "LogitBias", new() { LogitBias = new Dictionary<int, double> { [10] = 1 } } },
        { "LogitBias", new() { LogitBias = new Dictionary<int, double> { [-1] = 1 } } },
        { "LogitBias", new() { LogitBias = new Dictionary<int, double> { [1] = double.NaN } } },
        { "LogitBias", new() { LogitBias = new Dictionary<int, double> { [1] = double.PositiveInfinity } } },
        { "LogitBias", new() { LogitBias = null! } },
        { "GuidanceScale", new() { GuidanceScale = -1 } },
        { "MirostatTau", new() { MirostatTau = -1 } },
        { "MirostatEta", new() { MirostatEta = 2 } },
        { "Mirostat", new() { Mirostat = true, TopK = 40 } },
        { "Order", new() { Order = null! } },
        { "Order", new() { Order = [SamplingStep.TopK, SamplingStep.TopK] } },
        { "Order", new() { Order = [(SamplingStep)99] } },
        { "Order", new() { Order = [SamplingStep.Temperature], TopK = 3 } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void WhatIsOutOfRangeIsRefusedByName(string option, SamplingOptions options)
    {
        var e = Assert.Throws<SamplingOptionException>(() => options.Validate(10));
        Assert.Equal(option, e.Option);
        Assert.Contains(option, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Throws<SamplingOptionException>(() => new Sampler(options, 10));
    }

    [Fact]
    public void TheUsualOnesAreAccepted()
    {
        new SamplingOptions().Validate();
        SamplingOptions.Greedy.Validate();
        SamplingOptions.Balanced.Validate();
        (SamplingOptions.Balanced with { Order = SamplingOrder.TemperatureFirst, TopK = 1000 }).Validate(10);
        new SamplingOptions { Mirostat = true, Temperature = 0.7 }.Validate(10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void MaxTokensOutOfRangeIsRefused(int most)
    {
        var e = Assert.Throws<SamplingOptionException>(() => new StoppingOptions { MaxTokens = most }.Validate());
        Assert.Equal("MaxTokens", e.Option);
    }

    [Fact]
    public void StoppingOptionsAreChecked()
    {
        new StoppingOptions().Validate();
        new StoppingOptions { MaxTokens = 1, Strings = ["\n"], Tokens = [0, 2] }.Validate();
        Assert.Throws<SamplingOptionException>(() => new StoppingOptions { Strings = [""] }.Validate());
        Assert.Throws<SamplingOptionException>(() => new StoppingOptions { Strings = null! }.Validate());
        Assert.Throws<SamplingOptionException>(() => new StoppingOptions { Tokens = [-1] }.Validate());
        Assert.Throws<SamplingOptionException>(() => new StoppingOptions { Tokens = null! }.Validate());
    }

    [Fact]
    public void BreakersAreTheTokensThatContainThem()
    {
        string?[] vocabulary = ["a", ":", "b:c", null, "\n\n", "d"];
        Assert.Equal([1, 2, 4], DryBreakers.Find(vocabulary.Length, id => vocabulary[id], DryBreakers.Usual));
        Assert.Throws<SamplingOptionException>(() => DryBreakers.Find(1, _ => "a", ""));
    }
}

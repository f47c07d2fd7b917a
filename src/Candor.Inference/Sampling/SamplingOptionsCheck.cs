using System.Globalization;
using static Candor.Inference.Sampling.SamplingOptionException;

namespace Candor.Inference.Sampling;

/// <summary>The ranges of <see cref="SamplingOptions"/>.</summary>
internal static class SamplingOptionsCheck
{
    private const double LongestRun = 1 << 20;

    public static void Run(SamplingOptions o, int? vocabulary)
    {
        Within(nameof(o.Temperature), o.Temperature, 0, 100);
        Within(nameof(o.DynamicTemperatureRange), o.DynamicTemperatureRange, 0, 100);
        Above(nameof(o.DynamicTemperatureExponent), o.DynamicTemperatureExponent, 0, 100);
        Within(nameof(o.TopK), o.TopK, 0, SamplingOptions.MaxVocabulary);
        Within(nameof(o.TopP), o.TopP, 0, 1);
        Within(nameof(o.MinP), o.MinP, 0, 1);
        Within(nameof(o.TypicalP), o.TypicalP, 0, 1);
        Within(nameof(o.TopNSigma), o.TopNSigma, 0, 100);
        Within(nameof(o.XtcProbability), o.XtcProbability, 0, 1);
        Within(nameof(o.XtcThreshold), o.XtcThreshold, 0, 1);
        Within(nameof(o.EpsilonCutoff), o.EpsilonCutoff, 0, 1);
        Within(nameof(o.EtaCutoff), o.EtaCutoff, 0, 1);
        Above(nameof(o.RepetitionPenalty), o.RepetitionPenalty, 0, 100);
        Within(nameof(o.FrequencyPenalty), o.FrequencyPenalty, -100, 100);
        Within(nameof(o.PresencePenalty), o.PresencePenalty, -100, 100);
        Within(nameof(o.PenaltyWindow), o.PenaltyWindow, -1, int.MaxValue);
        Within(nameof(o.DryMultiplier), o.DryMultiplier, 0, 100);
        Within(nameof(o.DryBase), o.DryBase, 1, 100);
        Within(nameof(o.DryAllowedLength), o.DryAllowedLength, 1, LongestRun);
        Within(nameof(o.DryWindow), o.DryWindow, -1, int.MaxValue);
        Within(nameof(o.NoRepeatNGram), o.NoRepeatNGram, 0, LongestRun);
        Within(nameof(o.GuidanceScale), o.GuidanceScale, 0, 100);
        Within(nameof(o.MirostatTau), o.MirostatTau, 0, 100);
        Within(nameof(o.MirostatEta), o.MirostatEta, 0, 1);
        Tokens(o, vocabulary);
        Order(o);
    }

    private static void Tokens(SamplingOptions o, int? vocabulary)
    {
        if (o.DryBreakerTokens is null) throw Missing(nameof(o.DryBreakerTokens));
        if (o.LogitBias is null) throw Missing(nameof(o.LogitBias));
        foreach (int token in o.DryBreakerTokens) Token(nameof(o.DryBreakerTokens), token, vocabulary);
        foreach ((int token, double bias) in o.LogitBias)
        {
            Token(nameof(o.LogitBias), token, vocabulary);
            if (!double.IsFinite(bias) && !double.IsNegativeInfinity(bias))
                throw new SamplingOptionException(nameof(o.LogitBias), string.Create(CultureInfo.InvariantCulture, $"LogitBias of token {token} is {bias}, expected a finite number or -Infinity"));
        }
    }

    private static void Token(string option, int token, int? vocabulary)
    {
        if (token < 0) throw new SamplingOptionException(option, $"{option} names token {token}, expected an id of 0 or more");
        if (token >= vocabulary) throw new SamplingOptionException(option, $"{option} names token {token}, expected an id below the vocabulary's {vocabulary}");
    }

    private static void Order(SamplingOptions o)
    {
        if (o.Order is null) throw Missing(nameof(o.Order));
        int seen = 0;
        foreach (SamplingStep step in o.Order)
        {
            if (!Enum.IsDefined(step)) throw new SamplingOptionException(nameof(o.Order), $"Order names step {(int)step}, which is none");
            if ((seen & (1 << (int)step)) != 0) throw new SamplingOptionException(nameof(o.Order), $"Order names {step} twice, expected each step at most once");
            seen |= 1 << (int)step;
        }

        foreach (SamplingStep step in Enum.GetValues<SamplingStep>())
        {
            if (!IsActive(o, step)) continue;
            if (o.Mirostat && step != SamplingStep.Temperature)
                throw new SamplingOptionException(nameof(o.Mirostat), $"Mirostat takes the place of the cuts, but {step} is on: turn one of them off");
            if (!o.Mirostat && (seen & (1 << (int)step)) == 0)
                throw new SamplingOptionException(nameof(o.Order), $"Order leaves out {step}, which is on");
        }
    }

    /// <summary>Whether a step does anything under these options.</summary>
    public static bool IsActive(SamplingOptions o, SamplingStep step) => step switch
    {
        SamplingStep.Temperature => o.Temperature != 1 || o.DynamicTemperatureRange > 0,
        SamplingStep.TopNSigma => o.TopNSigma > 0,
        SamplingStep.TopK => o.TopK > 0,
        SamplingStep.Typical => o.TypicalP < 1,
        SamplingStep.TopP => o.TopP < 1,
        SamplingStep.MinP => o.MinP > 0,
        SamplingStep.EpsilonCutoff => o.EpsilonCutoff > 0,
        SamplingStep.EtaCutoff => o.EtaCutoff > 0,
        _ => o.XtcProbability > 0 && o.XtcThreshold <= 0.5,
    };

    private static SamplingOptionException Missing(string option) => new(option, $"{option} is null, expected a collection, which may be empty");
}

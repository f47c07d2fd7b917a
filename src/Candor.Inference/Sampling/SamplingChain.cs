namespace Candor.Inference.Sampling;

/// <summary>The steps that the options ask for, in order, over one buffer of candidates.</summary>
internal sealed class SamplingChain
{
    private readonly SamplingOptions _options;
    private readonly SamplingStep[] _steps;
    private readonly KeyValuePair<int, double>[] _biases;
    private readonly TokenTable _tokens = new();
    private readonly Dry? _dry;
    private readonly bool _topWins;

    public SamplingChain(SamplingOptions options, int vocabulary)
    {
        _options = options;
        Candidates = new Candidates(vocabulary);
        _biases = [.. options.LogitBias];
        if (options.DryMultiplier > 0 && options.DryWindow != 0) _dry = new Dry(options.DryBreakerTokens);
        _steps = options.Mirostat
            ? SamplingOptionsCheck.IsActive(options, SamplingStep.Temperature) ? [SamplingStep.Temperature] : []
            : [.. options.Order.Where(s => SamplingOptionsCheck.IsActive(options, s))];
        Excludes = _steps.Contains(SamplingStep.Xtc);

        // Greedy: only what may remove the likeliest token before the temperature comes can change the outcome.
        int temperature = Array.IndexOf(_steps, SamplingStep.Temperature);
        _topWins = temperature >= 0 && options is { Temperature: 0, DynamicTemperatureRange: 0 }
            && !_steps.AsSpan(0, temperature).ContainsAny(SamplingStep.Xtc, SamplingStep.Typical);
        IsArgMax = _topWins && !IsAdjusted(options);
    }

    public Candidates Candidates { get; }

    /// <summary>Whether the outcome is the largest of the raw logits, so that no candidates are needed.</summary>
    public bool IsArgMax { get; }

    /// <summary>Whether it hangs on a draw if the top choices are excluded.</summary>
    public bool Excludes { get; }

    /// <summary>Leaves in <see cref="Candidates"/> what may be drawn.</summary>
    public void Run(ReadOnlySpan<float> logits, ReadOnlySpan<float> unconditional, ReadOnlySpan<int> history, int promptLength, bool exclude, double mu)
    {
        if (_options.GuidanceScale == 1) Candidates.Load(logits);
        else Guidance.Load(Candidates, logits, unconditional, _options.GuidanceScale);
        Adjust(history, promptLength);
        Candidates.DropForbidden();
        if (_topWins)
        {
            Temperature.Apply(Candidates, 0);
            return;
        }

        foreach (SamplingStep step in _steps) Apply(step, exclude);
        if (_options.Mirostat) Mirostat.Apply(Candidates, mu);
    }

    private static bool IsAdjusted(SamplingOptions o) =>
        o.GuidanceScale != 1 || o.LogitBias.Count > 0 || o.RepetitionPenalty != 1 || o.FrequencyPenalty != 0
        || o.PresencePenalty != 0 || o.DryMultiplier > 0 || o.NoRepeatNGram > 0;

    private void Adjust(ReadOnlySpan<int> history, int promptLength)
    {
        SamplingOptions o = _options;
        if (_biases.Length > 0) LogitBias.Apply(Candidates, _biases);
        if (o.RepetitionPenalty != 1)
            RepetitionPenalty.Apply(Candidates, Last(history, o.PenaltyWindow), o.RepetitionPenalty, _tokens);
        if (o.FrequencyPenalty != 0 || o.PresencePenalty != 0)
        {
            ReadOnlySpan<int> counted = o.PenalizePrompt ? history : history[promptLength..];
            FrequencyPresencePenalty.Apply(Candidates, Last(counted, o.PenaltyWindow), o.FrequencyPenalty, o.PresencePenalty, _tokens);
        }

        _dry?.Apply(Candidates, Last(history, o.DryWindow), o.DryMultiplier, o.DryBase, o.DryAllowedLength);
        if (o.NoRepeatNGram > 0) NoRepeatNGram.Apply(Candidates, history, o.NoRepeatNGram);
    }

    private void Apply(SamplingStep step, bool exclude)
    {
        SamplingOptions o = _options;
        switch (step)
        {
            case SamplingStep.Temperature when o.DynamicTemperatureRange > 0:
                DynamicTemperature.Apply(Candidates, o.Temperature, o.DynamicTemperatureRange, o.DynamicTemperatureExponent);
                break;
            case SamplingStep.Temperature: Temperature.Apply(Candidates, o.Temperature); break;
            case SamplingStep.TopNSigma: TopNSigma.Apply(Candidates, o.TopNSigma); break;
            case SamplingStep.TopK: TopK.Apply(Candidates, o.TopK); break;
            case SamplingStep.Typical: Typical.Apply(Candidates, o.TypicalP); break;
            case SamplingStep.TopP: TopP.Apply(Candidates, o.TopP); break;
            case SamplingStep.MinP: MinP.Apply(Candidates, o.MinP); break;
            case SamplingStep.EpsilonCutoff: EpsilonCutoff.Apply(Candidates, o.EpsilonCutoff); break;
            case SamplingStep.EtaCutoff: EtaCutoff.Apply(Candidates, o.EtaCutoff); break;
            case SamplingStep.Xtc when exclude: Xtc.Apply(Candidates, o.XtcThreshold); break;
        }
    }

    private static ReadOnlySpan<int> Last(ReadOnlySpan<int> tokens, int window) =>
        window < 0 || window >= tokens.Length ? tokens : tokens[^window..];
}

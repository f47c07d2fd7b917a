using System.CommandLine;
using System.Globalization;
using Candor.Inference;
using Candor.Inference.Sampling;

namespace Candor.Cli.Common;

/// <summary>Options on how tokens are chosen and when a text ends.</summary>
internal sealed class SamplingOptionsGroup
{
    private readonly List<Option> all = [];
    private readonly Option<double> temperature, topP, minP, typicalP, topNSigma, xtcProbability, xtcThreshold, repetition, frequency, presence, dryMultiplier, dryBase, mirostatTau, mirostatEta, dynamicRange;
    private readonly Option<int> topK, maxTokens, penaltyWindow, dryLength, noRepeat;
    private readonly Option<ulong?> seed;
    private readonly Option<bool> mirostat, ignoreEos, temperatureFirst;
    private readonly Option<string[]> stop, logitBias;

    /// <param name="defaultTemperature">The temperature where none is given: 0 for one answer that can be repeated, more for talk.</param>
    public SamplingOptionsGroup(double defaultTemperature)
    {
        SamplingOptions d = SamplingOptions.Balanced;
        maxTokens = Add("--max-tokens", "Most tokens to generate.", 512, "-n");
        temperature = Add("--temperature", "Randomness; 0 always takes the likeliest token.", defaultTemperature);
        topK = Add("--top-k", "Only the k likeliest tokens; 0 for all.", d.TopK);
        topP = Add("--top-p", "Fewest tokens whose probabilities reach p; 1 for all.", d.TopP);
        minP = Add("--min-p", "Only tokens at least this fraction as likely as the likeliest.", d.MinP);
        typicalP = Add("--typical-p", "Locally typical sampling; 1 for off.", d.TypicalP);
        topNSigma = Add("--top-n-sigma", "Only logits within n standard deviations of the best; 0 for off.", d.TopNSigma);
        xtcProbability = Add("--xtc-probability", "Chance of excluding top choices; 0 for off.", d.XtcProbability);
        xtcThreshold = Add("--xtc-threshold", "Probability from which a token is a top choice.", d.XtcThreshold);
        repetition = Add("--repetition-penalty", "Logits of tokens that occurred are divided (or, where negative, multiplied) by this.", 1.0);
        frequency = Add("--frequency-penalty", "Taken off a logit for each occurrence.", 0.0);
        presence = Add("--presence-penalty", "Taken off a logit once, where the token occurred.", 0.0);
        penaltyWindow = Add("--penalty-window", "Tokens that penalties look back on; -1 for all.", -1);
        noRepeat = Add("--no-repeat-ngram", "Forbids repeating any n tokens in a row; 0 for off.", 0);
        dryMultiplier = Add("--dry-multiplier", "Strength of the DRY penalty on repeated sequences; 0 for off.", 0.0);
        dryBase = Add("--dry-base", "Growth of the DRY penalty with each token.", d.DryBase);
        dryLength = Add("--dry-allowed-length", "Tokens that may repeat without DRY penalty.", d.DryAllowedLength);
        mirostat = Add("--mirostat", "Mirostat 2: keeps the surprise near --mirostat-tau.", false);
        mirostatTau = Add("--mirostat-tau", "Surprise in bits.", d.MirostatTau);
        mirostatEta = Add("--mirostat-eta", "Learning rate of Mirostat.", d.MirostatEta);
        dynamicRange = Add("--dynamic-temperature", "Half width of a temperature that follows the entropy; 0 for off.", 0.0);
        temperatureFirst = Add("--temperature-first", "Applies the temperature before the filters, as transformers does, not after.", false);
        seed = Add<ulong?>("--seed", "Seed; the same seed gives the same text. Random where missing.", null, "-s");
        ignoreEos = Add("--ignore-eos", "Goes on after the model's end token.", false);
        stop = AddList("--stop", "Text that ends the answer and is not shown. May be given several times.");
        logitBias = AddList("--logit-bias", "ID=VALUE: added to the logit of a token. May be given several times.");
    }

    public void AddTo(Command command)
    {
        foreach (Option option in all) command.Options.Add(option);
    }

    public GenerationOptions Read(ParseResult p)
    {
        int most = p.GetValue(maxTokens);
        if (most < 0) throw new CliException($"--max-tokens {most}: 0 or more is possible", ExitCode.Usage);
        return new GenerationOptions
        {
            MaxTokens = most, Stop = p.GetValue(stop) ?? [], IgnoreEnd = p.GetValue(ignoreEos),
            Sampling = new SamplingOptions
            {
                Temperature = p.GetValue(temperature), TopK = p.GetValue(topK), TopP = p.GetValue(topP), MinP = p.GetValue(minP), TypicalP = p.GetValue(typicalP),
                TopNSigma = p.GetValue(topNSigma), XtcProbability = p.GetValue(xtcProbability), XtcThreshold = p.GetValue(xtcThreshold),
                RepetitionPenalty = p.GetValue(repetition), FrequencyPenalty = p.GetValue(frequency), PresencePenalty = p.GetValue(presence),
                PenalizePrompt = true, PenaltyWindow = p.GetValue(penaltyWindow), NoRepeatNGram = p.GetValue(noRepeat),
                DryMultiplier = p.GetValue(dryMultiplier), DryBase = p.GetValue(dryBase), DryAllowedLength = p.GetValue(dryLength),
                Mirostat = p.GetValue(mirostat), MirostatTau = p.GetValue(mirostatTau), MirostatEta = p.GetValue(mirostatEta),
                DynamicTemperatureRange = p.GetValue(dynamicRange), LogitBias = Biases(p.GetValue(logitBias) ?? []), Seed = p.GetValue(seed),
                Order = p.GetValue(temperatureFirst) ? SamplingOrder.TemperatureFirst : SamplingOrder.TemperatureLast,
            },
        };
    }

    private static Dictionary<int, double> Biases(string[] texts)
    {
        var biases = new Dictionary<int, double>();
        foreach (string text in texts)
        {
            string[] parts = text.Split('=', 2);
            if (parts.Length != 2 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out int id) || !double.TryParse(parts[1], CultureInfo.InvariantCulture, out double value))
                throw new CliException($"--logit-bias {text}: ID=VALUE is expected, for example 42=-5", ExitCode.Usage);
            biases[id] = value;
        }

        return biases;
    }

    private Option<T> Add<T>(string name, string description, T fallback, params string[] aliases)
    {
        var option = new Option<T>(name, aliases) { Description = description, DefaultValueFactory = _ => fallback };
        all.Add(option);
        return option;
    }

    private Option<string[]> AddList(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, AllowMultipleArgumentsPerToken = false };
        all.Add(option);
        return option;
    }
}

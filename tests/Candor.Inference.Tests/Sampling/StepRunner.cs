using System.Globalization;
using System.Text.Json;

namespace Candor.Inference.Sampling.Tests;

/// <summary>Runs the steps that a golden case spells out, one by one.</summary>
internal static class StepRunner
{
    public static void Run(Candidates candidates, JsonElement step, int[] history, int[] dryHistory)
    {
        double A(int i) => step[i].GetDouble();
        int N(int i) => step[i].GetInt32();
        switch (step[0].GetString())
        {
            case "temp": Temperature.Apply(candidates, A(1)); break;
            case "temp_dynamic": DynamicTemperature.Apply(candidates, A(1), A(2), A(3)); break;
            case "top_k": TopK.Apply(candidates, N(1)); break;
            case "top_p": TopP.Apply(candidates, A(1)); break;
            case "min_p": MinP.Apply(candidates, A(1)); break;
            case "typical": Typical.Apply(candidates, A(1)); break;
            case "top_n_sigma": TopNSigma.Apply(candidates, A(1)); break;
            case "xtc": Xtc.Apply(candidates, A(1)); break;
            case "epsilon": EpsilonCutoff.Apply(candidates, A(1)); break;
            case "eta": EtaCutoff.Apply(candidates, A(1)); break;
            case "mirostat": Mirostat.Apply(candidates, A(1)); break;
            case "bias": LogitBias.Apply(candidates, [.. Biases(step[1])]); break;
            case "repetition": RepetitionPenalty.Apply(candidates, Window(history, step, 2), A(1), new TokenTable()); break;
            case "freq_presence": FrequencyPresencePenalty.Apply(candidates, Window(history, step, 3), A(1), A(2), new TokenTable()); break;
            case "dry":
                new Dry(step[5].EnumerateArray().Select(t => t.GetInt32())).Apply(candidates, Window(dryHistory, step, 4), A(1), A(2), N(3));
                break;
            case "no_repeat_ngram": NoRepeatNGram.Apply(candidates, dryHistory, N(1)); break;
            default: Assert.Fail($"no step is called {step[0].GetString()}"); break;
        }
    }

    public static IEnumerable<KeyValuePair<int, double>> Biases(JsonElement biases) => biases.EnumerateObject().Select(b => KeyValuePair.Create(
        int.Parse(b.Name, CultureInfo.InvariantCulture),
        b.Value.ValueKind == JsonValueKind.Number ? b.Value.GetDouble() : b.Value.GetString() == "-inf" ? double.NegativeInfinity : double.NaN));

    /// <summary>The options under which a sampler does the same steps, or null where its fixed order cannot.</summary>
    public static SamplingOptions? AsOptions(JsonElement golden)
    {
        var options = new SamplingOptions { PenalizePrompt = true, XtcProbability = 0 };
        var order = new List<SamplingStep>();
        int fixedRank = 0;
        bool penalties = false, dry = false, cut = false;
        foreach (JsonElement step in golden.GetProperty("steps").EnumerateArray())
        {
            JsonElement s = step;
            double A(int i) => s[i].GetDouble();
            string name = s[0].GetString()!;
            int rank = name switch { "bias" => 1, "repetition" => 2, "freq_presence" => 3, "dry" => 4, "no_repeat_ngram" => 5, _ => 6 };
            SamplingStep? kind = name switch
            {
                "temp" or "temp_dynamic" => SamplingStep.Temperature,
                "top_k" => SamplingStep.TopK,
                "top_p" => SamplingStep.TopP,
                "min_p" => SamplingStep.MinP,
                "typical" => SamplingStep.Typical,
                "top_n_sigma" => SamplingStep.TopNSigma,
                "xtc" => SamplingStep.Xtc,
                "epsilon" => SamplingStep.EpsilonCutoff,
                "eta" => SamplingStep.EtaCutoff,
                _ => null,
            };
            if (rank < fixedRank || (rank < 6 && rank == fixedRank) || (kind is { } k && order.Contains(k))) return null;
            fixedRank = rank;
            if (kind is { } next) order.Add(next);
            cut |= kind is not null and not SamplingStep.Temperature;
            penalties |= rank is 2 or 3;
            dry |= rank is 4 or 5;
            int window = name == "repetition" && s.GetArrayLength() > 2 ? s[2].GetInt32() : name == "freq_presence" && s.GetArrayLength() > 3 ? s[3].GetInt32() : -1;
            if (name == "freq_presence" && options.RepetitionPenalty != 1 && window != options.PenaltyWindow) return null;
            options = name switch
            {
                "temp" => options with { Temperature = A(1) },
                "temp_dynamic" => options with { Temperature = A(1), DynamicTemperatureRange = A(2), DynamicTemperatureExponent = A(3) },
                "top_k" => options with { TopK = s[1].GetInt32() },
                "top_p" => options with { TopP = A(1) },
                "min_p" => options with { MinP = A(1) },
                "typical" => options with { TypicalP = A(1) },
                "top_n_sigma" => options with { TopNSigma = A(1) },
                "xtc" => options with { XtcProbability = 1, XtcThreshold = A(1) },
                "epsilon" => options with { EpsilonCutoff = A(1) },
                "eta" => options with { EtaCutoff = A(1) },
                "mirostat" => options with { Mirostat = true, MirostatTau = A(1) / 2, MirostatEta = golden.GetProperty("eta").GetDouble() },
                "bias" => options with { LogitBias = Biases(s[1]).ToDictionary() },
                "repetition" => options with { RepetitionPenalty = A(1), PenaltyWindow = window },
                "freq_presence" => options with { FrequencyPenalty = A(1), PresencePenalty = A(2), PenaltyWindow = window },
                "dry" => options with
                {
                    DryMultiplier = A(1), DryBase = A(2), DryAllowedLength = s[3].GetInt32(), DryWindow = s[4].GetInt32(),
                    DryBreakerTokens = [.. s[5].EnumerateArray().Select(t => t.GetInt32())],
                },
                "no_repeat_ngram" => options with { NoRepeatNGram = s[1].GetInt32() },
                _ => throw new InvalidOperationException($"no step is called {name}"),
            };
        }

        // A sampler has one history for all steps, the golden chains have two.
        if ((penalties && dry) || (options.Mirostat && cut)) return null;
        return options with { Order = order };
    }

    public static bool ReadsDryHistory(JsonElement golden) =>
        golden.GetProperty("steps").EnumerateArray().Any(s => s[0].GetString() is "dry" or "no_repeat_ngram");

    private static ReadOnlySpan<int> Window(int[] history, JsonElement step, int argument)
    {
        int window = step.GetArrayLength() > argument ? step[argument].GetInt32() : history.Length;
        return history.AsSpan()[^Math.Min(window, history.Length)..];
    }
}

using System.Globalization;
using System.Text.Json;
using Candor.Cli.Common;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary>Shows how far a model's predictions lie from another's.</summary>
internal static class DivergenceCost
{
    public static void Write(DivergenceReport cost, bool json)
    {
        if (json) JsonOutput.Write(w => WriteJson(w, cost));
        else WriteText(cost);
    }

    public static void WriteText(DivergenceReport cost)
    {
        Line($"perplexity {cost.ReferencePerplexity:0.0000} -> {cost.Perplexity:0.0000} ({cost.Perplexity / cost.ReferencePerplexity - 1:+0.00%;-0.00%}), {cost.Tokens} tokens compared");
        Line($"divergence {cost.MeanDivergence:0.000000} ± {cost.MeanError:0.000000} nats a token (median {cost.MedianDivergence:0.000000}, 99 % below {cost.HighDivergence:0.0000}, largest {cost.LargestDivergence:0.0000})");
        Line($"same most likely token: {cost.SameTop:P2}");
    }

    public static void WriteJson(Utf8JsonWriter w, DivergenceReport cost)
    {
        w.WriteStartObject();
        w.WriteNumber("tokens", cost.Tokens);
        JsonOutput.WriteNumber(w, "perplexity_before", cost.ReferencePerplexity);
        JsonOutput.WriteNumber(w, "perplexity", cost.Perplexity);
        JsonOutput.WriteNumber(w, "divergence_mean", cost.MeanDivergence);
        JsonOutput.WriteNumber(w, "divergence_mean_error", cost.MeanError);
        JsonOutput.WriteNumber(w, "divergence_median", cost.MedianDivergence);
        JsonOutput.WriteNumber(w, "divergence_99", cost.HighDivergence);
        JsonOutput.WriteNumber(w, "divergence_largest", cost.LargestDivergence);
        JsonOutput.WriteNumber(w, "same_top", cost.SameTop);
        w.WriteEndObject();
    }

    private static void Line(FormattableString text) => Console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

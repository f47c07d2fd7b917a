using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary>The numbers of one step of a run, as its log keeps them.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Values">Numbers by name: <c>loss</c>, <c>gradient_norm</c>, <c>rate</c>, <c>tokens</c>, <c>tokens_per_second</c>, <c>valid_bits_per_byte</c>, …</param>
public sealed record StepMetrics(int Step, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>The numbers of a step.</summary>
    /// <param name="report">What the step did.</param>
    /// <param name="tokens">Tokens that went through the network since the run began.</param>
    public static StepMetrics Of(StepReport report, long tokens)
    {
        ArgumentNullException.ThrowIfNull(report);
        var values = new Dictionary<string, double>
        {
            ["loss"] = report.Loss, ["gradient_norm"] = report.GradientNorm, ["rate"] = report.Rate, ["tokens"] = tokens, ["tokens_per_second"] = Math.Round(report.Tokens / report.Seconds, 1),
        };
        if (report.Correct is { } correct) values["correct"] = correct;
        if (report.Reward is { } reward) values["reward"] = reward;
        if (report.BitsPerByte is { } bits) values["valid_bits_per_byte"] = bits;
        return new StepMetrics(report.Step, values);
    }

    /// <summary>The log of a run, a step a line; empty where there is none.</summary>
    /// <param name="path">A file <c>metrics.jsonl</c>.</param>
    public static IReadOnlyList<StepMetrics> Read(string path) => File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<StepMetrics>()] : [];

    /// <summary>The line of the log.</summary>
    internal string ToJson()
    {
        var line = new JsonObject { ["step"] = Step };
        foreach ((string name, double value) in Values) line[name] = value;
        return line.ToJsonString();
    }

    /// <summary>A line of the log, or null where an interruption cut it.</summary>
    private static StepMetrics? Parse(string line)
    {
        try
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            return new StepMetrics((int)json["step"]!, json.Where(v => v.Key != "step").ToDictionary(v => v.Key, v => Convert.ToDouble(v.Value!.ToString(), CultureInfo.InvariantCulture)));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

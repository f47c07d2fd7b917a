using System.Globalization;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Kernels;
using Candor.Kernels.Limits;
using Candor.Training;

namespace Candor.Cli.Commands;

/// <summary>Shows a run: a line that changes on a terminal, a line now and then elsewhere.</summary>
internal sealed class TrainView(TrainingRun run, bool json)
{
    private readonly bool terminal = !Console.IsErrorRedirected;
    private readonly List<double> speeds = [];
    private double smooth = double.NaN, speed = double.NaN, limit, flops;
    private double? vectorLimit;
    private RunCost? expected;

    public void Begin()
    {
        Measure();
        string resumed = run.Step > 0 ? $", going on at step {run.Step}" : "";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"candor: {run.Model.Trained.Sum(p => p.Count):N0} numbers to learn, {run.Documents:N0} pieces of text, {run.Recipe.Steps} steps of {run.Recipe.StepTokens} tokens, products in {(run.Model.Precision == ProductPrecision.BFloat16 ? "bfloat16" : "float32")}{resumed}"));
        run.OnSample = Show;
        if (run.Step == run.Recipe.Steps || run.EndsEarly) return;
        expected = run.Estimate();
        Console.Error.WriteLine($"candor: it will take about {Words(expected)}");
    }

    private static string Words(RunCost cost) =>
        string.Create(CultureInfo.InvariantCulture, $"{Span(cost.Seconds)}, {InspectCommand.Bytes(cost.Bytes)} of memory and {cost.Joules / 3600:0.0} Wh{(cost.Measured ? "" : " (by assumed watts)")}");

    private static string Span(double seconds) => TimeSpan.FromSeconds(Math.Round(seconds)).ToString(seconds < 86400 ? "h\\:mm\\:ss" : "d\\ \\d\\a\\y\\s\\ hh\\:mm", CultureInfo.InvariantCulture);

    private void Show(RunSample sample)
    {
        if (json)
            JsonOutput.WriteLine(w =>
            {
                w.WriteStartObject();
                w.WriteNumber("step", sample.Step);
                w.WriteString("prompt", sample.Prompt);
                w.WriteString("sample", sample.Text);
                w.WriteEndObject();
            });
        else Console.Error.WriteLine($"{(terminal ? "\r\u001b[K" : "")}  {sample.Prompt} → {sample.Text.ReplaceLineEndings(" ")}");
    }

    /// <summary>What of the machine's limit for products of this precision a speed is; of that for float32 where it has none for bfloat16.</summary>
    private double Share(double tokensPerSecond) => tokensPerSecond * flops / limit;

    private void Measure()
    {
        double vectors = MachineLimits.Vectors(run.Model.Precision, run.Model.Threads), tiles = run.Model.Precision == ProductPrecision.Float32 ? 0 : MachineLimits.Tiles(run.Model.Threads);
        if (tiles > 0) vectorLimit = vectors;
        limit = Math.Max(vectors, tiles);
        if (limit == 0) limit = MachineLimits.Vectors(ProductPrecision.Float32, run.Model.Threads);
        flops = TrainingCost.FlopsPerToken(run.Model);
    }

    public void Show(StepReport r)
    {
        smooth = double.IsNaN(smooth) ? r.Loss : smooth + (0.1 * (r.Loss - smooth));
        double now = r.Tokens / r.Seconds;
        speeds.Add(now);
        speed = double.IsNaN(speed) ? now : speed + (0.1 * (now - speed));
        if (json)
        {
            JsonOutput.WriteLine(w =>
            {
                w.WriteStartObject();
                w.WriteNumber("step", r.Step);
                w.WriteNumber("loss", r.Loss);
                w.WriteNumber("gradient_norm", r.GradientNorm);
                w.WriteNumber("rate", r.Rate);
                w.WriteNumber("tokens_per_second", now);
                w.WriteNumber("share_of_limit", Share(now));
                if (r.Correct is { } correct) w.WriteNumber("correct", correct);
                if (r.Reward is { } reward) w.WriteNumber("reward", reward);
                if (r.BitsPerByte is { } bits) w.WriteNumber("valid_bits_per_byte", bits);
                w.WriteEndObject();
            });
            return;
        }

        bool lasting = r.BitsPerByte is not null || r.Step == 1 || r.Step == run.Recipe.Steps;
        if (!terminal && !lasting) return;
        var left = TimeSpan.FromSeconds((run.Recipe.Steps - r.Step) * (double)r.Tokens / speed);
        string line = string.Create(CultureInfo.InvariantCulture, $"step {r.Step}/{run.Recipe.Steps}  loss {smooth:0.000}  rate {r.Rate:0.0e0}  {speed:0} tokens/s  {Share(speed):P0} of the limit  {left:hh\\:mm\\:ss} left")
            + (r.Correct is { } right ? string.Create(CultureInfo.InvariantCulture, $"  {100 * right:0} % right") : "")
            + (r.Reward is { } won ? string.Create(CultureInfo.InvariantCulture, $"  reward {won:0.000}") : "")
            + string.Create(CultureInfo.InvariantCulture, $"  {Environment.WorkingSet / 1e9:0.0} GB")
            + (r.BitsPerByte is { } b ? string.Create(CultureInfo.InvariantCulture, $"  validation {b:0.000} bits per byte") : "");
        Console.Error.Write(terminal ? $"\r\u001b[K{line}{(lasting ? "\n" : "")}" : line + "\n");
    }

    public void End()
    {
        if (json)
        {
            JsonOutput.WriteLine(w =>
            {
                w.WriteStartObject();
                w.WriteString("output", run.Output);
                w.WriteNumber("tokens_per_second", Median());
                w.WriteNumber("share_of_limit", Share(Median()));
                w.WriteNumber("flops_per_second_limit", limit);
                if (vectorLimit is { } vectors)
                {
                    w.WriteNumber("share_of_vector_limit", Median() * flops / vectors);
                    w.WriteNumber("vector_flops_per_second_limit", vectors);
                }

                w.WriteNumber("peak_resident_bytes", MemoryUse.PeakResidentBytes());
                w.WriteBoolean("ended_early", run.EndsEarly);
                Cost(w, "estimate", expected);
                Cost(w, "took", run.Took);
                Numbers(w, "before", run.Before!);
                Numbers(w, "after", run.After!);
                w.WriteEndObject();
            });
            return;
        }

        Console.Error.WriteLine();
        if (speeds.Count > 0)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"candor: {Median():0} tokens/s (median), {Share(Median()):P0} of the {limit / 1e9:0} GFLOP/s that the machine's products reach{Vectors()}; peak memory {InspectCommand.Bytes(MemoryUse.PeakResidentBytes())}"));
        if (run.EndsEarly) Console.Error.WriteLine($"candor: ended at step {run.Step}: the validation texts got no better; the best weights are kept");
        if (expected is not null && run.Took is { } took) Console.Error.WriteLine($"candor: it took {Words(took)}, where {Words(expected)} were expected");
        Compare("held-out texts", run.Before!.Valid, run.After!.Valid);
        Compare("general texts", run.Before.General, run.After.General);
        Console.Out.WriteLine(run.Output);
    }

    /// <summary>Where products go to tile registers, what a speed would be beside those of vectors.</summary>
    private string Vectors() => vectorLimit is not { } vectors ? "" : string.Create(CultureInfo.InvariantCulture, $" in tile registers ({Median() * flops / vectors:P0} of the {vectors / 1e9:0} in vectors)");

    /// <summary>Speed of a step in the middle: the first ones are slow, as code is still being compiled.</summary>
    private double Median() => speeds.Count == 0 ? 0 : BenchmarkResult.Median(speeds);

    private static void Cost(System.Text.Json.Utf8JsonWriter w, string name, RunCost? cost)
    {
        if (cost is null) return;
        w.WriteStartObject(name);
        w.WriteNumber("seconds", cost.Seconds);
        w.WriteNumber("peak_bytes", cost.Bytes);
        w.WriteNumber("joules", cost.Joules);
        w.WriteBoolean("joules_measured", cost.Measured);
        w.WriteEndObject();
    }

    private static void Numbers(System.Text.Json.Utf8JsonWriter w, string name, Measures measures)
    {
        w.WriteStartObject(name);
        if (measures.Valid is { } valid) w.WriteNumber("valid_bits_per_byte", valid);
        if (measures.General is { } general) w.WriteNumber("general_bits_per_byte", general);
        w.WriteEndObject();
    }

    private static void Compare(string name, double? before, double? after)
    {
        if (before is not { } b || after is not { } a) return;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {b:0.0000} bits per byte before, {a:0.0000} after ({100 * ((a / b) - 1):+0.0;-0.0} %)"));
    }
}

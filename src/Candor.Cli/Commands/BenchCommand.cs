using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Kernels.Limits;
using Candor.Models;

namespace Candor.Cli.Commands;

/// <summary><c>candor bench</c>: speeds beside the machine's limits.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var prompt = new Option<int>("-p", "--prompt") { Description = "Tokens of a prefill.", DefaultValueFactory = _ => 512 };
        var generate = new Option<int>("-n", "--generate") { Description = "Tokens of a decode.", DefaultValueFactory = _ => 128 };
        var repetitions = new Option<int>("-r", "--repetitions") { Description = "Repetitions.", DefaultValueFactory = _ => 5 };
        var depth = new Option<int>("-d", "--depth") { Description = "Tokens that the context holds before either begins.", DefaultValueFactory = _ => 0 };
        var sessions = new Option<int>("--sessions") { Description = "Sessions that decode together.", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("bench", "Measures prefill and decode, and the machine's limits beside them.\n\nExamples:\n  candor bench model.gguf -p 512 -n 128 -t 2 -r 5\n  candor bench model.gguf -d 4096 --kv q8_0\n  candor bench model.gguf -p 0 --sessions 8 --json");
        model.AddTo(command);
        foreach (Option option in (Option[])[prompt, generate, depth, sessions, repetitions, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new BenchmarkOptions
            {
                PromptTokens = parsed.GetValue(prompt), GeneratedTokens = parsed.GetValue(generate), Depth = parsed.GetValue(depth),
                Sessions = parsed.GetValue(sessions), Repetitions = parsed.GetValue(repetitions),
            };
            if (options is not { PromptTokens: >= 0, GeneratedTokens: >= 0, Depth: >= 0, Sessions: > 0, Repetitions: > 0 })
                throw new CliException("-p, -n and -d must be 0 or more, --sessions and -r 1 or more", ExitCode.Usage);
            using LanguageModel opened = model.Open(parsed);
            BenchmarkResult result;
            using (Progress progress = Progress.Start("measuring the model"))
                result = Benchmark.Run(opened, options, new Reporter(progress), cancellationToken);
            // The limits are measured with a large buffer, so the model's own peak comes first.
            long peak = MemoryUse.PeakResidentBytes();
            MachineLimits limits;
            using (Progress.Start("measuring the machine")) limits = MachineLimits.Measure(opened.Plan.Threads);
            if (parsed.GetValue(json)) Report(result, limits, peak, opened.Plan);
            else Print(result, limits, peak, opened.Plan);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Print(BenchmarkResult result, MachineLimits limits, long peak, Plan plan)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        double decode = BenchmarkResult.Median(result.Decode), prefill = BenchmarkResult.Median(result.Prefill);
        if (result.Options.Depth > 0) Console.Out.WriteLine(string.Create(c, $"after {result.Options.Depth} tokens"));
        if (result.Prefill.Count > 0)
            Console.Out.WriteLine(string.Create(c, $"prefill {result.Options.PromptTokens,5}  {prefill,8:0.0} tokens/s ({result.Prefill.Min():0.0} to {result.Prefill.Max():0.0}), {prefill * plan.MatrixElements / limits.Int8MacsPerSecond:P0} of the int8 limit, {2 * prefill * plan.MatrixElements / limits.Fp32FlopsPerSecond:P0} of the fp32 limit") + (limits.TileFlopsPerSecond > 0 ? string.Create(c, $", {2 * prefill * plan.MatrixElements / limits.TileFlopsPerSecond:P0} of that of tile registers") : ""));
        if (result.Decode.Count > 0)
            Console.Out.WriteLine(string.Create(c, $"decode  {result.Options.GeneratedTokens,5}  {decode,8:0.0} tokens/s ({result.Decode.Min():0.0} to {result.Decode.Max():0.0}), {decode / result.Options.Sessions * plan.TokenBytes / limits.ReadBytesPerSecond:P0} of the read limit") + (result.Options.Sessions > 1 ? string.Create(c, $", {result.Options.Sessions} sessions together") : ""));
        Console.Out.WriteLine(string.Create(c, $"peak resident memory {InspectCommand.Bytes(peak)}"));
        Console.Out.WriteLine(string.Create(c, $"machine ({limits.Threads} threads): read {limits.ReadBytesPerSecond / 1e9:0.0} GB/s, int8 {limits.Int8MacsPerSecond / 1e9:0} GMAC/s ({limits.Int8Instructions}), fp32 {limits.Fp32FlopsPerSecond / 1e9:0} GFLOP/s ({limits.Fp32Instructions})") + (limits.BFloat16FlopsPerSecond > 0 ? string.Create(c, $", bf16 {limits.BFloat16FlopsPerSecond / 1e9:0} GFLOP/s") : "") + (limits.TileFlopsPerSecond > 0 ? string.Create(c, $", in tile registers {limits.TileFlopsPerSecond / 1e9:0} GFLOP/s") : ""));
    }

    private static void Report(BenchmarkResult result, MachineLimits limits, long peak, Plan plan) => JsonOutput.Write(w =>
    {
        double decode = BenchmarkResult.Median(result.Decode), prefill = BenchmarkResult.Median(result.Prefill);
        w.WriteStartObject();
        w.WriteNumber("prompt_tokens", result.Options.PromptTokens);
        w.WriteNumber("generated_tokens", result.Options.GeneratedTokens);
        w.WriteNumber("depth", result.Options.Depth);
        w.WriteNumber("sessions", result.Options.Sessions);
        w.WriteNumber("threads", limits.Threads);
        Speeds("prefill", result.Prefill, prefill);
        Speeds("decode", result.Decode, decode);
        w.WriteNumber("peak_resident_bytes", peak);
        w.WriteNumber("weight_bytes", plan.WeightBytes);
        w.WriteNumber("token_bytes", (long)plan.TokenBytes);
        JsonOutput.WriteNumber(w, "read_bytes_per_second", limits.ReadBytesPerSecond);
        JsonOutput.WriteNumber(w, "int8_macs_per_second", limits.Int8MacsPerSecond);
        JsonOutput.WriteNumber(w, "fp32_flops_per_second", limits.Fp32FlopsPerSecond);
        JsonOutput.WriteNumber(w, "bf16_flops_per_second", limits.BFloat16FlopsPerSecond);
        JsonOutput.WriteNumber(w, "bf16_tile_flops_per_second", limits.TileFlopsPerSecond);
        JsonOutput.WriteNumber(w, "decode_share_of_read_limit", decode / result.Options.Sessions * plan.TokenBytes / limits.ReadBytesPerSecond);
        JsonOutput.WriteNumber(w, "prefill_share_of_int8_limit", prefill * plan.MatrixElements / limits.Int8MacsPerSecond);
        JsonOutput.WriteNumber(w, "prefill_share_of_fp32_limit", 2 * prefill * plan.MatrixElements / limits.Fp32FlopsPerSecond);
        if (limits.TileFlopsPerSecond > 0) JsonOutput.WriteNumber(w, "prefill_share_of_bf16_tile_limit", 2 * prefill * plan.MatrixElements / limits.TileFlopsPerSecond);
        w.WriteEndObject();

        void Speeds(string name, IReadOnlyList<double> values, double median)
        {
            JsonOutput.WriteNumber(w, name + "_tokens_per_second", median);
            if (values.Count == 0) return;
            JsonOutput.WriteNumber(w, name + "_tokens_per_second_min", values.Min());
            JsonOutput.WriteNumber(w, name + "_tokens_per_second_max", values.Max());
        }
    });
}

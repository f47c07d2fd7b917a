using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Candor.Peers.Llama;

namespace Candor.Peers.Commands;

/// <summary><c>llama-bench MODEL</c>: llama.cpp's tokens a second, measured as its own bench measures them.</summary>
internal static class LlamaBenchCommand
{
    public static Command Create()
    {
        Argument<FileInfo> model = Arguments.Model();
        Option<int> prompt = Arguments.Number("--prompt", "Tokens of the prompt; 0 leaves prefill out.", 512, 0, "-p");
        Option<int> generate = Arguments.Number("--generate", "Tokens generated; 0 leaves decode out.", 128, 0, "-n");
        Option<int> repetitions = Arguments.Positive("--repetitions", "Repetitions of each.", 5, "-r");
        Option<int> batch = Arguments.Positive("--batch", "Tokens of one pass.", 512, "-b");
        Option<int> depth = Arguments.Depth(), sessions = Arguments.Sessions(), threads = Arguments.Threads();
        Option<FlashAttention> flash = Arguments.FlashAttention();
        Option<CacheType> cache = Arguments.Cache();
        Option<bool> json = new("--json") { Description = "Print one JSON object." };
        Option<DirectoryInfo?> library = Arguments.Library();
        Option<bool> verbose = Arguments.Verbose();
        var command = new Command("llama-bench", "Measure llama.cpp: prefill and decode, tokens a second.")
        {
            model, prompt, generate, depth, sessions, repetitions, batch, threads, flash, cache, json, library, verbose,
        };
        command.SetAction(parsed =>
        {
            LlamaLibrary.Load(parsed.GetValue(library)?.FullName, parsed.GetValue(verbose));
            using var loaded = new LlamaModel(parsed.GetValue(model)!.FullName);
            var options = new ContextOptions(
                parsed.GetValue(threads), 0, parsed.GetValue(batch), parsed.GetValue(flash), parsed.GetValue(cache));
            Rates? prefill = LlamaBench.Prefill(loaded, options, parsed.GetValue(prompt), parsed.GetValue(depth), parsed.GetValue(repetitions));
            Rates? decode = LlamaBench.Decode(loaded, options, parsed.GetValue(generate), parsed.GetValue(depth), parsed.GetValue(sessions), parsed.GetValue(repetitions));
            if (parsed.GetValue(json)) Console.WriteLine(Json(loaded, options, prefill, decode));
            else Print(loaded, options, prefill, decode);
        });
        return command;
    }

    private static void Print(LlamaModel model, ContextOptions options, Rates? prefill, Rates? decode)
    {
        Console.WriteLine($"llama.cpp {LlamaLibrary.Version}, processor code {LlamaLibrary.CpuVariant}, {options.Threads} threads");
        Console.WriteLine(FormattableString.Invariant($"{model.Description}, {model.Bytes / 1e6:0.0} MB"));
        Row("prefill", prefill);
        Row("decode", decode);

        static void Row(string name, Rates? rates)
        {
            if (rates is not null)
                Console.WriteLine(FormattableString.Invariant(
                    $"{name,-8}{rates.Median,9:0.00} tokens/s (least {rates.Least:0.00}, greatest {rates.Greatest:0.00})"));
        }
    }

    private static string Json(LlamaModel model, ContextOptions options, Rates? prefill, Rates? decode)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("engine", "llama.cpp");
            json.WriteString("version", LlamaLibrary.Version);
            json.WriteString("ggml_version", LlamaLibrary.GgmlVersion);
            json.WriteString("cpu_variant", LlamaLibrary.CpuVariant);
            json.WriteString("model", model.Description);
            json.WriteNumber("model_bytes", model.Bytes);
            json.WriteNumber("parameters", model.Parameters);
            json.WriteNumber("threads", options.Threads);
            json.WriteNumber("batch", options.Batch);
            json.WriteString("flash_attention", options.FlashAttention.ToString());
            json.WriteString("cache_type", options.CacheType.ToString());
            Write(json, "prefill", prefill);
            Write(json, "decode", decode);
            using var process = Process.GetCurrentProcess();
            json.WriteNumber("peak_resident_bytes", process.PeakWorkingSet64);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, Rates? rates)
    {
        if (rates is null) return;
        json.WriteNumber($"{name}_tokens_per_second", rates.Median);
        json.WriteNumber($"{name}_tokens_per_second_least", rates.Least);
        json.WriteNumber($"{name}_tokens_per_second_greatest", rates.Greatest);
    }
}

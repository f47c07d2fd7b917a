using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Formats;
using Candor.Inference;
using Candor.Models.Quantization;
using Candor.Tensors;

namespace Candor.Cli.Commands;

/// <summary><c>candor quantize</c>: a GGUF model in fewer bits, and what it costs.</summary>
internal static class QuantizeCommand
{
    private const int Window = 512;

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A GGUF file, best with 16 or 32 bits a weight." };
        var output = new Argument<string>("OUT") { Description = "The GGUF file to write." };
        var type = new Option<string>("--type") { Description = "The mixture of types, named as in llama.cpp: " + string.Join(", ", QuantizationMixture.All.Select(m => m.Name)) + ".", DefaultValueFactory = _ => "Q4_K_M" };
        var imatrix = new Option<string?>("--imatrix") { Description = "An importance matrix (candor imatrix, or llama.cpp's): errors count by what they cost. The IQ1 and IQ2 types need one." };
        var pure = new Option<bool>("--pure") { Description = "Gives all matrices the same type." };
        var tensorTypes = new Option<string[]>("--tensor-type") { Description = "PATTERN=TYPE: the matrices in whose names the regular expression is found get this type, as in ffn_down=Q6_K. May be given several times; the first that suits counts." };
        var measure = new Option<string?>("--measure") { Description = "A text on which the new model is compared with the old one: perplexity and divergence." };
        var limit = new Option<int>("--max-tokens") { Description = "Tokens of the text that --measure uses; 0 for all.", DefaultValueFactory = _ => 8192 };
        var threads = new Option<int>("--threads", "-t") { Description = "Threads; 0 means all processors.", DefaultValueFactory = _ => 0 };
        var json = new Option<bool>("--json") { Description = "Prints what was written as JSON." };
        var command = new Command("quantize", "Writes a GGUF model in fewer bits a weight.\n\nExamples:\n  candor quantize model-f16.gguf model.gguf --type Q4_K_M\n  candor quantize model-f16.gguf model.gguf --type IQ3_M --imatrix model.imatrix.gguf\n  candor quantize model-f16.gguf model.gguf --type Q5_K_M --measure wiki.txt\n  candor quantize model-f16.gguf model.gguf --type Q4_K_M --tensor-type ffn_down=Q6_K --tensor-type output=Q8_0");
        command.Arguments.Add(model);
        command.Arguments.Add(output);
        foreach (Option option in (Option[])[type, imatrix, pure, tensorTypes, measure, limit, threads, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            string from = parsed.GetValue(model)!, path = parsed.GetValue(output)!, name = parsed.GetValue(type)!;
            QuantizationMixture mixture = QuantizationMixture.Find(name) ?? throw new CliException($"--type {name}: one of {string.Join(", ", QuantizationMixture.All.Select(m => m.Name))} is possible", ExitCode.Usage);
            if (Directory.Exists(from)) throw new CliException($"{from}: a folder; make a GGUF file of it first: candor convert {from} model.gguf", ExitCode.Usage);
            if (Path.GetFullPath(from) == Path.GetFullPath(path)) throw new CliException($"{path}: the new file cannot be the old one", ExitCode.Usage);
            if (parsed.GetValue(threads) is < 0 or > 1024) throw new CliException($"--threads {parsed.GetValue(threads)}: 0 to 1024 is possible", ExitCode.Usage);
            if (parsed.GetValue(limit) < 0) throw new CliException($"--max-tokens {parsed.GetValue(limit)}: 0 or more is possible", ExitCode.Usage);
            string? text = parsed.GetValue(measure) is { } sample ? TextInput.Read(sample) : null, importance = parsed.GetValue(imatrix);
            QuantizationReport report = Quantize(from, path, mixture, importance, new QuantizationOptions
            {
                Pure = parsed.GetValue(pure), Threads = parsed.GetValue(threads), TensorTypes = Rules(parsed.GetValue(tensorTypes) ?? []),
            }, cancellationToken);
            if (report.Requantized > 0) Console.Error.WriteLine($"candor: {report.Requantized} tensors were quantized before; quantizing them again adds to their errors");
            DivergenceReport? cost = text is null ? null : Compare(from, path, text, parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(json)) WriteJson(path, mixture, report, cost);
            else WriteText(path, mixture, report, cost);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static TensorTypeRule[] Rules(string[] texts)
    {
        try
        {
            return [.. texts.Select(TensorTypeRule.Parse)];
        }
        catch (QuantizationPlanException e)
        {
            throw new CliException($"--tensor-type {e.Message}", ExitCode.Usage);
        }
    }

    private static QuantizationReport Quantize(string from, string path, QuantizationMixture mixture, string? importance, QuantizationOptions options, CancellationToken cancellationToken)
    {
        using GgufFile file = GgufFile.Open(from);
        using Progress progress = Progress.Start($"writing {Path.GetFileName(path)}");
        try
        {
            return ModelQuantizer.Quantize(file, path, mixture, options with
            {
                Importance = importance is null ? null : ImportanceMatrix.Read(importance), ImportanceName = importance is null ? null : Path.GetFileName(importance),
                Progress = new Reporter(progress),
            }, cancellationToken);
        }
        catch (QuantizationPlanException e)
        {
            throw new CliException(e.Message, ExitCode.Input);
        }
    }

    private static DivergenceReport Compare(string from, string path, string text, int limit, CancellationToken cancellationToken)
    {
        using LanguageModel reference = LanguageModel.Open(from), model = LanguageModel.Open(path);
        int[] ids = reference.Tokenizer.Encode(text);
        if (limit > 0 && ids.Length > limit) ids = ids[..limit];
        using Progress progress = Progress.Start("comparing");
        return Divergence.Compare(reference, model, ids, Math.Max(4, Math.Min(Window, ids.Length)), reference.Text.BosId, new Reporter(progress), cancellationToken);
    }

    private static void WriteText(string path, QuantizationMixture mixture, QuantizationReport report, DivergenceReport? cost)
    {
        string types = string.Join(", ", report.Types.Select(t => $"{t.Value} {t.Key.Name()}"));
        Write($"{path}: {mixture}, {report.Bytes:N0} bytes of {report.SourceBytes:N0}, {report.BitsPerWeight:0.00} bits a weight ({types})");
        Write($"root mean square error of the quantized weights: {report.RelativeError:P2} of their root mean square");
        if (report.FellBack > 0) Write($"{report.FellBack} tensors have rows that are no whole blocks of {mixture.Type.Name()}, and got types with smaller blocks");
        if (cost is not null) DivergenceCost.WriteText(cost);
    }

    private static void Write(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void WriteJson(string path, QuantizationMixture mixture, QuantizationReport report, DivergenceReport? cost) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteString("file", path);
        w.WriteString("type", mixture.Name);
        w.WriteNumber("source_bytes", report.SourceBytes);
        w.WriteNumber("bytes", report.Bytes);
        JsonOutput.WriteNumber(w, "bits_per_weight", report.BitsPerWeight);
        JsonOutput.WriteNumber(w, "relative_error", report.RelativeError);
        w.WriteNumber("fell_back", report.FellBack);
        w.WriteNumber("requantized", report.Requantized);
        w.WriteStartObject("types");
        foreach ((ElementType type, int count) in report.Types) w.WriteNumber(type.Name(), count);
        w.WriteEndObject();
        if (cost is not null)
        {
            w.WritePropertyName("cost");
            DivergenceCost.WriteJson(w, cost);
        }

        w.WriteEndObject();
    });
}

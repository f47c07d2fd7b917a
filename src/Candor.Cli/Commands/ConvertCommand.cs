using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Formats;
using Candor.Inference;
using Candor.Models;
using Candor.Models.Conversion;
using Candor.Tensors;

namespace Candor.Cli.Commands;

/// <summary><c>candor convert</c>: a Hugging Face folder to GGUF, and back.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A Hugging Face folder, or a GGUF file." };
        var output = new Argument<string>("OUT") { Description = "The GGUF file for a folder, the folder for a GGUF file." };
        var type = new Option<string?>("--type") { Description = "The type of the matrices: F32, F16, BF16 or, in GGUF, Q8_0. Where missing: as they are stored." };
        var shard = new Option<string?>("--shard-size") { Description = "Begins a new file after so many bytes, such as 500M or 4G." };
        var bare = new Option<bool>("--no-tokenizer") { Description = "Leaves the tokenizer out." };
        var json = new Option<bool>("--json") { Description = "Prints what was written as JSON." };
        var command = new Command("convert", "Converts a model from a Hugging Face folder to GGUF, or back.\n\nExamples:\n  candor convert folder model.gguf --type F16\n  candor convert folder model.gguf --type Q8_0\n  candor convert model.gguf folder");
        command.Arguments.Add(model);
        command.Arguments.Add(output);
        foreach (Option option in (Option[])[type, shard, bare, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetValue(output)!;
            using ModelSource source = ModelSource.Open(parsed.GetValue(model)!);
            using Progress progress = Progress.Start($"writing {Path.GetFileName(path.TrimEnd('/'))}");
            var options = new ConversionOptions
            {
                Type = Type(parsed.GetValue(type)),
                ShardBytes = Bytes(parsed.GetValue(shard)), Progress = new Reporter(progress),
            };
            ConversionReport report;
            if (source.Gguf is not null)
            {
                if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
                    throw new CliException($"{source.Path} is a GGUF file, which becomes a folder here; candor quantize writes a GGUF file of other types, also F16 and F32", ExitCode.Usage);
                OutputFolder.RequireAbsent(path);
                report = ModelConverter.ToFolder(source, path, options, cancellation);
                bool tokenizer = !parsed.GetValue(bare) && FolderText.ToFolder(source.Gguf.Metadata, path);
                if (!tokenizer && source.Gguf.Metadata.ContainsKey("tokenizer.ggml.tokens")) Console.Error.WriteLine("candor: the tokenizer was left out: no tokenizer.json splits texts as this vocabulary does");
            }
            else
            {
                if (source.Folder is null) throw new CliException($"{source.Path}: a model spec is already what candor reads; a Hugging Face folder or a GGUF file is expected", ExitCode.Usage);
                report = ModelConverter.ToGguf(source, path, options with { Metadata = FolderText.ToGguf(source.Folder, source.Spec.VocabularySize, !parsed.GetValue(bare)) }, cancellation);
            }

            Show(report, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Show(ConversionReport report, bool json)
    {
        if (json)
        {
            JsonOutput.Write(w =>
            {
                w.WriteStartObject();
                w.WriteString("architecture", report.Architecture);
                w.WriteNumber("tensors", report.Tensors);
                w.WriteNumber("bytes", report.Bytes);
                w.WriteStartObject("types");
                foreach ((ElementType type, int count) in report.Types) w.WriteNumber(type.Name(), count);
                w.WriteEndObject();
                w.WriteStartArray("files");
                foreach (string file in report.Files) w.WriteStringValue(file);
                w.WriteEndArray();
                w.WriteEndObject();
            });
            return;
        }

        string types = string.Join(", ", report.Types.Select(t => $"{t.Value} {t.Key.Name()}"));
        Console.Out.WriteLine($"{report.Architecture}: {report.Tensors} tensors ({types}), {report.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes");
        foreach (string file in report.Files) Console.Out.WriteLine(file);
    }

    private static ElementType? Type(string? name) => name?.ToUpperInvariant() switch
    {
        null => null, "F32" => ElementType.F32, "F16" => ElementType.F16, "BF16" => ElementType.BF16, "Q8_0" => ElementType.Q8_0,
        _ => throw new CliException($"--type {name}: F32, F16, BF16 and Q8_0 are possible", ExitCode.Usage),
    };

    private static long? Bytes(string? text)
    {
        if (text is null) return null;
        long unit = char.ToUpperInvariant(text.Length > 0 ? text[^1] : ' ') switch { 'K' => 1000, 'M' => 1_000_000, 'G' => 1_000_000_000, _ => 1 };
        string digits = unit == 1 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is > 0 and < long.MaxValue / 1_000_000_000
            ? number * unit
            : throw new CliException($"--shard-size {text}: a number of bytes is expected, such as 500M or 4G", ExitCode.Usage);
    }
}

using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Formats;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary><c>candor imatrix</c>: what inputs a model's matrices meet over a text.</summary>
internal static class ImatrixCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var output = new Argument<string>("OUT") { Description = "The GGUF file to write; llama.cpp reads it too." };
        var file = new Option<string?>("--file") { Description = "The text; stdin where missing. A few hundred kilobytes of the kind that the model is for." };
        var context = new Option<int>("--ctx") { Description = "Tokens of a piece.", DefaultValueFactory = _ => 512 };
        var limit = new Option<int>("--max-tokens") { Description = "Uses only the first tokens of the text; 0 for all.", DefaultValueFactory = _ => 0 };
        var json = new Option<bool>("--json") { Description = "Prints what was written as JSON." };
        var command = new Command("imatrix", "Measures how much each column of a model's matrices matters, for candor quantize.\n\nExamples:\n  candor imatrix model-f16.gguf model.imatrix.gguf --file calibration.txt\n  candor quantize model-f16.gguf model-iq2.gguf --type IQ2_M --imatrix model.imatrix.gguf");
        model.AddTo(command);
        command.Arguments.Add(output);
        foreach (Option option in (Option[])[file, context, limit, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            int piece = parsed.GetValue(context), most = parsed.GetValue(limit);
            if (piece < 2 || most < 0) throw new CliException("--ctx must be 2 or more, --max-tokens 0 or more", ExitCode.Usage);
            string text = TextInput.Read(parsed.GetValue(file)), path = parsed.GetValue(output)!;
            using LanguageModel opened = model.Open(parsed);
            int[] ids = opened.Tokenizer.Encode(text);
            if (most > 0 && ids.Length > most) ids = ids[..most];
            ImportanceMatrix matrix;
            using (Progress progress = Progress.Start("measuring"))
                matrix = ImportanceCollector.Measure(opened, ids, piece, parsed.GetValue(file) is { } name ? Path.GetFileName(name) : "stdin", new Reporter(progress), cancellationToken);
            matrix.Write(path);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(w =>
                {
                    w.WriteStartObject();
                    w.WriteString("file", path);
                    w.WriteNumber("tensors", matrix.Entries.Count);
                    w.WriteNumber("chunks", matrix.Chunks);
                    w.WriteNumber("tokens", Math.Min(ids.Length, matrix.Chunks * piece));
                    w.WriteEndObject();
                });
            }
            else
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {matrix.Entries.Count} matrices over {matrix.Chunks} pieces of {piece} tokens"));
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}

using System.CommandLine;
using Candor.Formats;
using Candor.Peers.Shapes;

namespace Candor.Peers.Commands;

/// <summary><c>make-model</c>: a model of a given shape with random weights, for measuring speed.</summary>
internal static class MakeModelCommand
{
    public static Command Create()
    {
        string shapes = string.Join(", ", ModelShape.All.Keys);
        var shape = new Argument<string>("shape") { Description = $"The shape: {shapes}." };
        var output = new Argument<string>("out") { Description = "The GGUF file to write, in half precision; candor quantize makes the others of it." };
        var tokenizer = new Option<string>("--tokenizer") { Description = "A GGUF file whose tokenizer it gets.", Required = true };
        var command = new Command("make-model", "Write a model of random weights, for measuring speed.") { shape, output, tokenizer };
        command.SetAction(parsed =>
        {
            if (!ModelShape.All.TryGetValue(parsed.GetValue(shape)!, out ModelShape? s)) throw new IOException($"{parsed.GetValue(shape)}: the shapes are {shapes}");
            using GgufFile source = GgufFile.Open(parsed.GetValue(tokenizer)!);
            s.Write(source, parsed.GetValue(output)!);
        });
        return command;
    }
}

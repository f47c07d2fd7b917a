using System.CommandLine;
using Candor.Peers.Llama;

namespace Candor.Peers.Commands;

/// <summary><c>llama-tokenize MODEL --file FILE</c>: llama.cpp's token ids of a text.</summary>
internal static class LlamaTokenizeCommand
{
    public static Command Create()
    {
        Argument<FileInfo> model = Arguments.Model();
        Option<string?> text = new("--text") { Description = "The text." };
        Option<FileInfo?> file = new("--file") { Description = "A UTF-8 file that holds the text (without either: standard input)." };
        Option<bool> noSpecial = new("--no-special") { Description = "Do not add the tokens that the model puts around a text." };
        Option<bool> plain = new("--plain") { Description = "Read names of control tokens in the text as plain text." };
        Option<DirectoryInfo?> library = Arguments.Library();
        Option<bool> verbose = Arguments.Verbose();
        var command = new Command("llama-tokenize", "Print llama.cpp's token ids of a text, as a JSON array.")
        {
            model, text, file, noSpecial, plain, library, verbose,
        };
        command.SetAction(parsed =>
        {
            LlamaLibrary.Load(parsed.GetValue(library)?.FullName, parsed.GetValue(verbose));
            using var loaded = new LlamaModel(parsed.GetValue(model)!.FullName);
            string input = parsed.GetValue(text)
                ?? (parsed.GetValue(file) is { } path ? File.ReadAllText(path.FullName) : Console.In.ReadToEnd());
            int[] ids = loaded.Tokenize(input, !parsed.GetValue(noSpecial), !parsed.GetValue(plain));
            Console.WriteLine($"[{string.Join(',', ids)}]");
        });
        return command;
    }
}

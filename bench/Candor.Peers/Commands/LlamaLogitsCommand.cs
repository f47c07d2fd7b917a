using System.CommandLine;
using System.Globalization;
using Candor.Peers.Llama;

namespace Candor.Peers.Commands;

/// <summary><c>llama-logits MODEL --ids 1,2,3 --out FILE</c>: llama.cpp's logits at every position.</summary>
internal static class LlamaLogitsCommand
{
    public static Command Create()
    {
        Argument<FileInfo> model = Arguments.Model();
        Option<string> ids = new("--ids") { Description = "Token ids, with commas between; @FILE reads them from a file.", Required = true };
        Option<FileInfo> output = new("--out") { Description = "A safetensors file: `logits` F32 [tokens, vocabulary].", Required = true };
        Option<int> batch = Arguments.Positive("--batch", "Tokens of one pass.", 512, "-b");
        Option<int> threads = Arguments.Threads();
        Option<FlashAttention> flash = Arguments.FlashAttention();
        Option<CacheType> cache = Arguments.Cache();
        Option<DirectoryInfo?> library = Arguments.Library();
        Option<bool> verbose = Arguments.Verbose();
        var command = new Command("llama-logits", "Write llama.cpp's logits for given tokens, at every position.")
        {
            model, ids, output, batch, threads, flash, cache, library, verbose,
        };
        command.SetAction(parsed =>
        {
            LlamaLibrary.Load(parsed.GetValue(library)?.FullName, parsed.GetValue(verbose));
            using var loaded = new LlamaModel(parsed.GetValue(model)!.FullName);
            int[] tokens = ParseIds(parsed.GetValue(ids)!, loaded.VocabularySize);
            int portion = Math.Min(parsed.GetValue(batch), tokens.Length);
            var options = new ContextOptions(
                parsed.GetValue(threads), tokens.Length, portion, parsed.GetValue(flash), parsed.GetValue(cache), AllLogits: true);
            using var context = new LlamaContext(loaded, options);
            using var file = new Safetensors(parsed.GetValue(output)!.FullName, "logits", tokens.Length, loaded.VocabularySize);
            foreach (int[] part in tokens.Chunk(portion))
            {
                context.Decode(part);
                file.Write(context.Logits(part.Length, loaded.VocabularySize));
            }

            file.Finish();
        });
        return command;
    }

    internal static int[] ParseIds(string text, int vocabulary)
    {
        if (text.StartsWith('@')) text = File.ReadAllText(text[1..]);
        char[] between = [',', ' ', '\n', '\r', '\t', '[', ']'];
        string[] parts = text.Split(between, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) throw new LlamaException("--ids names no token");
        return [.. parts.Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < vocabulary
                ? id
                : throw new LlamaException($"--ids: '{part}' is not a token id from 0 to {vocabulary - 1}"))];
    }
}

using System.CommandLine;
using System.Numerics.Tensors;
using Candor.Peers.Llama;

namespace Candor.Peers.Commands;

/// <summary>
/// <c>llama-perplexity MODEL --file FILE</c>: perplexity in chunks, the way llama.cpp's own program computes it: the
/// first token of each chunk is replaced by the beginning-of-text token, and the second half of the chunk is scored.
/// </summary>
internal static class LlamaPerplexityCommand
{
    public static Command Create()
    {
        Argument<FileInfo> model = Arguments.Model();
        Option<FileInfo?> file = new("--file") { Description = "A UTF-8 file that holds the text." };
        Option<string?> ids = new("--ids") { Description = "Token ids in place of a text; @FILE reads them from a file." };
        Option<int> length = Arguments.Number("--chunk", "Tokens of a chunk.", 512, 4, "-c");
        Option<int> most = Arguments.Number("--chunks", "How many chunks at most; 0 means all.", 0, 0);
        Option<int> threads = Arguments.Threads();
        Option<FlashAttention> flash = Arguments.FlashAttention();
        Option<CacheType> cache = Arguments.Cache();
        Option<DirectoryInfo?> library = Arguments.Library();
        Option<bool> verbose = Arguments.Verbose();
        var command = new Command("llama-perplexity", "Print llama.cpp's perplexity on a text.")
        {
            model, file, ids, length, most, threads, flash, cache, library, verbose,
        };
        command.SetAction(parsed =>
        {
            LlamaLibrary.Load(parsed.GetValue(library)?.FullName, parsed.GetValue(verbose));
            using var loaded = new LlamaModel(parsed.GetValue(model)!.FullName);
            int[] tokens = parsed.GetValue(ids) is { } given ? LlamaLogitsCommand.ParseIds(given, loaded.VocabularySize)
                : parsed.GetValue(file) is { } path ? loaded.Tokenize(File.ReadAllText(path.FullName), addSpecial: true, parseSpecial: false)
                : throw new LlamaException("llama-perplexity needs --file or --ids");
            int chunk = parsed.GetValue(length);
            var options = new ContextOptions(
                parsed.GetValue(threads), chunk, chunk, parsed.GetValue(flash), parsed.GetValue(cache), AllLogits: true);
            double loss = Loss(loaded, options, tokens, parsed.GetValue(most), out int scored);
            Console.WriteLine(FormattableString.Invariant($$"""{"perplexity":{{Math.Exp(loss)}},"loss":{{loss}},"tokens":{{scored}}}"""));
        });
        return command;
    }

    private static double Loss(LlamaModel model, ContextOptions options, int[] tokens, int most, out int scored)
    {
        int chunk = options.Length, chunks = tokens.Length / chunk;
        if (most > 0) chunks = Math.Min(chunks, most);
        if (chunks == 0) throw new LlamaException($"the text has {tokens.Length} tokens, fewer than one chunk of {chunk}");
        using var context = new LlamaContext(model, options);
        double total = 0;
        scored = 0;
        for (int c = 0; c < chunks; c++)
        {
            int[] ids = tokens[(c * chunk)..((c + 1) * chunk)];
            // Without a beginning-of-text token (id below 0) the chunk stays as it is.
            if (model.Bos >= 0) ids[0] = model.Bos;
            context.Clear();
            context.Decode(ids);
            ReadOnlySpan<float> logits = context.Logits(chunk, model.VocabularySize);
            for (int i = chunk / 2; i < chunk - 1; i++, scored++)
                total += NegativeLogProbability(logits.Slice(i * model.VocabularySize, model.VocabularySize), ids[i + 1]);
        }

        return total / scored;
    }

    private static double NegativeLogProbability(ReadOnlySpan<float> logits, int target)
    {
        float greatest = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - greatest);
        return Math.Log(sum) + greatest - logits[target];
    }
}

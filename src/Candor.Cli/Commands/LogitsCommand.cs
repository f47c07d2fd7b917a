using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Candor.Cli.Common;
using Candor.Formats;
using Candor.Inference;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Cli.Commands;

/// <summary><c>candor logits</c>: what a model says after each token of a given sequence.</summary>
internal static class LogitsCommand
{
    private const int Shown = 5;

    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var ids = new Option<string>("--ids") { Description = "Token ids with commas between.", Required = true };
        var output = new Option<string?>("--out") { Description = "Writes the tensors logits F32 [tokens, vocabulary] to this safetensors file." };
        var hidden = new Option<bool>("--hidden") { Description = "With --out: also hidden.0 (embeddings) … hidden.N (after the last layer and the final norm)." };
        var json = new Option<bool>("--json") { Description = "Prints the likeliest tokens at each place as JSON." };
        var command = new Command("logits", "Computes the logits after each token; nothing is added to the ids.\n\nExamples:\n  candor logits model.gguf --ids 1,2,3\n  candor logits folder --ids 1,2,3 --hidden --out out.safetensors");
        model.AddTo(command);
        foreach (Option option in (Option[])[ids, output, hidden, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            int[] tokens = ParseIds(parsed.GetValue(ids)!);
            using LanguageModel opened = model.Open(parsed);
            if (opened.Spec.Head is null && parsed.GetValue(output) is null) throw new CliException($"architecture '{opened.Spec.Architecture}' is an encoder without logits; use 'candor embed', or --hidden with --out");
            HiddenStates? capture = parsed.GetValue(hidden) ? new HiddenStates(opened.Spec) : null;
            float[] logits = opened.Logits(tokens, capture);
            if (parsed.GetValue(output) is { } file) Write(file, opened, tokens.Length, logits, capture);
            else if (parsed.GetValue(json)) Report(opened, tokens, logits);
            else Print(opened, tokens, logits);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Ids with commas or spaces between.</summary>
    internal static int[] ParseIds(string text)
    {
        string[] parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var ids = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i])) throw new CliException($"--ids: '{parts[i]}' is not a token id", ExitCode.Usage);
        return ids.Length > 0 ? ids : throw new CliException("--ids: at least one id is needed", ExitCode.Usage);
    }

    private static void Write(string file, LanguageModel model, int tokens, float[] logits, HiddenStates? capture)
    {
        var tensors = new List<TensorSource>();
        if (model.Spec.Head is not null) tensors.Add(TensorSource.From("logits", [tokens, model.Spec.VocabularySize], logits));
        if (capture is not null)
            for (int i = 0; i < capture.States.Count; i++) tensors.Add(TensorSource.From($"hidden.{i}", [tokens, model.Spec.HiddenSize], capture.States[i]));
        SafetensorsWriter.Write(file, tensors);
    }

    private static IEnumerable<int> Likeliest(ReadOnlySpan<float> row)
    {
        float[] values = row.ToArray();
        return Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(Shown);
    }

    private static void Report(LanguageModel model, int[] tokens, float[] logits) => JsonOutput.Write(w =>
    {
        int vocabulary = model.Spec.VocabularySize;
        w.WriteStartObject();
        w.WriteIds("ids", tokens);
        w.WriteStartArray("positions");
        for (int t = 0; t < tokens.Length; t++)
        {
            ReadOnlySpan<float> row = logits.AsSpan(t * vocabulary, vocabulary);
            double normal = Scoring.LogSumExp(row);
            w.WriteStartArray();
            foreach (int id in Likeliest(row))
            {
                w.WriteStartObject();
                w.WriteNumber("id", id);
                JsonOutput.WriteNumber(w, "logit", row[id]);
                JsonOutput.WriteNumber(w, "logprob", row[id] - normal);
                if (model.Text.Tokenizer?.IdToToken(id) is { } token) w.WriteString("token", token);
                w.WriteEndObject();
            }

            w.WriteEndArray();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    });

    private static void Print(LanguageModel model, int[] tokens, float[] logits)
    {
        int vocabulary = model.Spec.VocabularySize;
        for (int t = 0; t < tokens.Length; t++)
        {
            float[] row = logits[(t * vocabulary)..((t + 1) * vocabulary)];
            IEnumerable<string> best = Likeliest(row).Select(id => string.Create(CultureInfo.InvariantCulture, $"{id}{(model.Text.Tokenizer?.IdToToken(id) is { } s ? $" '{s}'" : "")} {row[id]:0.0000}"));
            Console.Out.WriteLine($"{tokens[t]}: {string.Join(", ", best)}");
        }
    }
}

/// <summary>Collects the residual stream: embeddings, after each layer, and after the final norm in place of the last.</summary>
internal sealed class HiddenStates(ModelSpec spec) : PlanHook
{
    public List<float[]> States { get; } = [];

    public override bool Wants(TapPoint point) => point.Kind is TapKind.Embedding or TapKind.FinalNorm
        || (point.Kind == TapKind.Residual && point.Layer < spec.Layers.Count - 1);

    public override void OnTap(TapPoint point, Batch batch, TapValues values)
    {
        var all = new float[values.Rows * values.Width];
        for (int r = 0; r < values.Rows; r++) values[r].CopyTo(all.AsSpan(r * values.Width));
        States.Add(all);
    }
}

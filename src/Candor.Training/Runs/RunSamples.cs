using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary>Texts that a run lets its model write now and then.</summary>
public sealed record RecipeSamples
{
    /// <summary>Steps between samples. Default 100.</summary>
    public int Every { get; set; } = 100;

    /// <summary>What is to be continued; with a chat template, what the user says.</summary>
    public IReadOnlyList<string> Prompts { get; set; } = [];

    /// <summary>The most tokens of a text. Default 60.</summary>
    public int Tokens { get; set; } = 60;

    /// <summary>Logits are divided by it; 0 (default) takes the likeliest token.</summary>
    public double Temperature { get; set; }
}

/// <summary>A text that a model wrote while it was trained.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">What the model wrote.</param>
public sealed record RunSample(int Step, string Prompt, string Text);

/// <summary>Draws samples and keeps them in <c>samples.jsonl</c>.</summary>
internal static class SampleWriter
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<RunSample> Draw(TrainingModel model, StartText text, RecipeSamples options, ulong seed, int step)
    {
        using var sampler = new PolicySampler(model, options.Prompts.Count);
        AnswerReader reader = text.Answers();
        IReadOnlyList<int[]> drawn = sampler.Draw([.. options.Prompts.Select(reader.Asked)], [.. text.Ends], options.Tokens, options.Temperature, seed + (ulong)step);
        return [.. drawn.Select((ids, i) => new RunSample(step, options.Prompts[i], text.Tokenizer.Decode(text.Ends.Contains(ids[^1]) ? ids.AsSpan(0, ids.Length - 1) : ids)))];
    }

    public static void Append(string folder, IReadOnlyList<RunSample> samples)
    {
        string lines = string.Concat(samples.Select(s => new JsonObject { ["step"] = s.Step, ["prompt"] = s.Prompt, ["text"] = s.Text }.ToJsonString(Options) + "\n"));
        File.AppendAllText(Path.Combine(folder, "samples.jsonl"), lines, new UTF8Encoding(false));
    }
}

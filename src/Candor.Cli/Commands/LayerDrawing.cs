using Candor.Cli.Common;
using Candor.Models;

namespace Candor.Cli.Commands;

/// <summary>Draws the network: equal neighbouring layers once.</summary>
internal static class LayerDrawing
{
    public static void Write(InspectedFile file)
    {
        ModelSpec spec = file.Spec ?? throw new CliException($"{file.Store.Path}: no architecture to draw: {file.Problem}", ExitCode.Format);
        Console.Out.WriteLine();
        Box($"embedding  {spec.VocabularySize} × {spec.HiddenSize}" + Extra(spec.Embedding));
        for (int i = 0; i < spec.Layers.Count;)
        {
            int j = i;
            while (j < spec.Layers.Count && spec.Layers[j] == spec.Layers[i]) j++;
            Arrow();
            Box(j - i == 1 ? $"layer {i}" : $"layers {i} to {j - 1}", Describe(spec.Layers[i]));
            i = j;
        }

        Arrow();
        if (spec.FinalNorm is { } norm)
        {
            Box($"{norm.Kind} norm".ToLowerInvariant());
            if (spec.Head is not null) Arrow();
        }

        if (spec.Head is { } head) Box($"logits  {spec.VocabularySize}{(head.Tied ? ", embedding matrix" : "")}{(head.SoftCap is { } cap ? $", soft cap {cap}" : "")}");
    }

    private static string Extra(EmbeddingSpec e) =>
        (e.LearnedPositions > 0 ? $" + positions {e.LearnedPositions}" : "") + (e.TokenTypes > 0 ? $" + types {e.TokenTypes}" : "") + (e.Scale != 1 ? $" × {e.Scale:g4}" : "");

    private static List<string> Describe(LayerSpec layer)
    {
        var lines = new List<string> { $"{layer.Residual} residual".ToLowerInvariant() };
        if (layer.Attention is { } a) lines.Add(Describe(a));
        if (layer.StateSpace is { } s) lines.Add($"{s.Kind}: {s.InnerSize} channels, state {s.StateSize}, convolution {s.ConvolutionSize}");
        if (layer.FeedForward is { } f)
        {
            string kind = f.Gated ? $"{f.Activation}-gated" : $"{f.Activation}";
            lines.Add(f.Experts is { } x
                ? $"experts: {x.Used} of {x.Count}, {kind}, inner {f.InnerSize}{(x.SharedInnerSize > 0 ? $", shared {x.SharedInnerSize}" : "")}"
                : $"feed-forward: {kind}, inner {f.InnerSize}");
        }

        return lines;
    }

    private static string Describe(AttentionSpec a)
    {
        string text = $"attention: {a.Heads} heads of {a.HeadSize}, {a.KeyValueHeads} for keys and values";
        if (a.Latent is { } latent) text += $", latent {latent.KeyValueRank}";
        if (a.Window > 0) text += $", window {a.Window}";
        text += a.Rope is { } rope ? $", rope {rope.Theta:g6}{(rope.Scaling is { } s ? $" {s.Kind}" : "")}" : a.Alibi is not null ? ", ALiBi" : ", no rope";
        if (a.QueryKeyNorm is not null) text += ", query and key norms";
        if (a.Sinks) text += ", sinks";
        return a.SoftCap is { } cap ? text + $", soft cap {cap}" : text;
    }

    private static void Arrow() => Console.Out.WriteLine("        │");

    private static void Box(string title, IReadOnlyList<string>? lines = null)
    {
        int width = Math.Max(title.Length, lines?.Max(l => l.Length) ?? 0) + 2;
        Console.Out.WriteLine($"┌{new string('─', width)}┐");
        Console.Out.WriteLine($"│ {title.PadRight(width - 2)} │");
        foreach (string line in lines ?? []) Console.Out.WriteLine($"│ {line.PadRight(width - 2)} │");
        Console.Out.WriteLine($"└{new string('─', width)}┘");
    }
}

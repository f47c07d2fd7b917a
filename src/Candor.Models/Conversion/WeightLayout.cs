using Candor.Formats;

namespace Candor.Models.Conversion;

/// <summary>One weight that a tensor of the target holds, or a part of it.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Layer">Index of the layer, or -1.</param>
/// <param name="Expert">Index of the expert, or -1.</param>
/// <param name="Operations">What the target's tensor map does to read it.</param>
internal sealed record WeightPart(string Role, int Layer, int Expert, IReadOnlyList<WeightOperation> Operations);

/// <summary>A tensor of the target and the weights that it is made of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Slices">One list of parts; where the first dimension is that of experts, a list for each.</param>
/// <param name="Stacked">Whether the first dimension is that of experts.</param>
internal sealed record TargetTensor(string Name, IReadOnlyList<IReadOnlyList<WeightPart>> Slices, bool Stacked);

/// <summary>Which tensors a model has in the target's layout: its tensor map, filled with the weights that the source has.</summary>
internal static class WeightLayout
{
    /// <summary>The tensors, layer by layer.</summary>
    /// <param name="source">The source's spec.</param>
    /// <param name="weights">The source's weights.</param>
    /// <param name="target">The same model as the target's family reads it.</param>
    public static IReadOnlyList<TargetTensor> Of(ModelSpec source, ModelWeights weights, ModelSpec target)
    {
        var tensors = new Dictionary<string, SortedDictionary<int, List<WeightPart>>>(StringComparer.Ordinal);
        var order = new List<string>();
        var sources = target.Tensors.ToDictionary(t => t.Key, t => WeightSource.Parse(t.Value), StringComparer.Ordinal);
        for (int layer = -1; layer < source.Layers.Count; layer++)
        {
            foreach ((string role, WeightSource line) in sources)
            {
                if (line.Names[0].Contains("{layer}", StringComparison.Ordinal) != layer >= 0) continue;
                int experts = role.StartsWith("expert_", StringComparison.Ordinal) ? source.Layers[layer].FeedForward?.Experts?.Count ?? 0 : 1;
                for (int e = 0; e < experts; e++)
                {
                    int expert = role.StartsWith("expert_", StringComparison.Ordinal) ? e : -1;
                    if (!IsUsed(source, role, layer) || weights.Stored(role, layer, expert) is null) continue;
                    string name = WeightSource.Fill(line.Names[0], layer, expert);
                    if (!tensors.TryGetValue(name, out SortedDictionary<int, List<WeightPart>>? slices))
                    {
                        tensors[name] = slices = [];
                        order.Add(name);
                    }

                    int slice = line.Names[0].Contains("{expert}", StringComparison.Ordinal) ? -1 : expert;
                    if (!slices.TryGetValue(slice, out List<WeightPart>? parts)) slices[slice] = parts = [];
                    parts.Add(new WeightPart(role, layer, expert, line.Operations));
                }
            }
        }

        return [.. order.Select(name => new TargetTensor(name, [.. tensors[name].Values], tensors[name].Keys.First() >= 0))];
    }

    /// <summary>Whether the spec uses a role: a family's tensor map may name norms that a layer does not have.</summary>
    private static bool IsUsed(ModelSpec spec, string role, int layer) => role.Split('.')[0] switch
    {
        "head" => spec.Head is { Tied: false },
        "mixer_norm" => spec.Layers[layer].MixerNorm is not null,
        "mixer_post_norm" => spec.Layers[layer].MixerPostNorm is not null,
        "feed_forward_norm" => spec.Layers[layer].FeedForwardNorm is not null,
        "feed_forward_post_norm" => spec.Layers[layer].FeedForwardPostNorm is not null,
        _ => true,
    };

    /// <summary>Refuses a model that has tensors which no role of its map names: they would be lost.</summary>
    /// <exception cref="ModelFormatException">There is such a tensor.</exception>
    public static void RequireAll(ModelSpec spec, ModelWeights weights)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in spec.Tensors.Values)
        {
            foreach (string template in WeightSource.Parse(line).Names)
            {
                bool byLayer = template.Contains("{layer}", StringComparison.Ordinal), byExpert = template.Contains("{expert}", StringComparison.Ordinal);
                for (int layer = byLayer ? 0 : -1; layer < (byLayer ? spec.Layers.Count : 0); layer++)
                {
                    int experts = byExpert ? spec.Layers[layer].FeedForward?.Experts?.Count ?? 0 : 0;
                    for (int expert = byExpert ? 0 : -1; expert < experts; expert++) known.Add(WeightSource.Fill(template, layer, expert));
                }
            }
        }

        // Tables that some checkpoints carry along and every program computes anew.
        static bool IsComputed(string name) => name.EndsWith("inv_freq", StringComparison.Ordinal) || name.EndsWith("position_ids", StringComparison.Ordinal)
            || name.EndsWith("attn.bias", StringComparison.Ordinal) || name.EndsWith("masked_bias", StringComparison.Ordinal) || name.StartsWith("rope_f", StringComparison.Ordinal);
        foreach (StoredTensor tensor in weights.Store.Tensors.Values)
        {
            bool tiedHead = spec.Head?.Tied == true && tensor.Name == "lm_head.weight";
            if (!known.Contains(tensor.Name) && !IsComputed(tensor.Name) && !tiedHead)
                throw new ModelFormatException(tensor.File, tensor.Name, $"the architecture '{spec.Architecture}' does not use this tensor, so the conversion would lose it");
        }
    }
}

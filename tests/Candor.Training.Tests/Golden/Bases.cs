using System.Runtime.InteropServices;
using System.Text.Json;
using Candor.Formats;
using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Models of the pack, opened for training, and what the pack says of their training.</summary>
internal static class Bases
{
    public static TrainingModel Open(string family, TrainingModelOptions? options = null)
    {
        ModelSource source = ModelSource.Open(Shared.RequireOracle("arch", family));
        var weights = new ModelWeights(source.Spec, source.Store);
        return new TrainingModel(source.Spec, new ParameterSet(weights), options);
    }

    public static JsonElement Json(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Shared.RequireOracle("training", name)));
        return document.RootElement.Clone();
    }

    /// <summary>Gradients or weights under the files' names.</summary>
    public static Dictionary<string, float[]> Named(TrainingModel model, bool gradients)
    {
        Dictionary<string, float[]> named = RoleStore.Export(model.Spec, model.Parameters, gradients).ToDictionary(t => t.Name, Read);
        for (int layer = 0; layer < model.Spec.Layers.Count; layer++) Fuse(model, layer, gradients, named);
        return named;
    }

    /// <summary>The reference holds experts fused: for each its gate's rows, then up's; files hold them apart.</summary>
    private static void Fuse(TrainingModel model, int layer, bool gradients, Dictionary<string, float[]> named)
    {
        float[] All(params string[] roles) => [.. Enumerable.Range(0, model.Spec.Layers[layer].FeedForward?.Experts?.Count ?? 0)
            .SelectMany(e => roles.SelectMany(role => model.Parameters.All.Where(p => p.Role == role && p.Layer == layer && p.Expert == e).SelectMany(p => (gradients ? p.Gradients : p.Values).ToArray())))];
        string prefix = $"model.layers.{layer}.mlp.";
        if (All("expert_down") is not { Length: > 0 } down) return;
        named.TryAdd(prefix + "experts.down_proj", down);
        named.TryAdd(prefix + "experts.gate_up_proj", All("expert_gate", "expert_up"));
        Parameter router = model.Parameters.All.First(p => p.Role == "router" && p.Layer == layer);
        named.TryAdd(prefix + "gate.weight", (gradients ? router.Gradients : router.Values).ToArray());
    }

    /// <summary>Row i of the data that all runs share.</summary>
    public static TrainingBatch Batch(GoldenFile data, int step)
    {
        long[] shape = data.Shape("input_ids");
        int rows = (int)shape[1], length = (int)shape[2], offset = step * rows * length;
        return Batch(data.Ints("input_ids").AsSpan(offset, rows * length), data.Ints("loss_mask").AsSpan(offset, rows * length), rows, length);
    }

    public static TrainingBatch Batch(ReadOnlySpan<int> ids, ReadOnlySpan<int> mask, int rows, int length)
    {
        var targets = new int[ids.Length];
        for (int i = 0; i < ids.Length; i++) targets[i] = i % length + 1 < length && mask[i + 1] != 0 ? ids[i + 1] : -1;
        return new TrainingBatch(ids.ToArray(), targets, [.. Enumerable.Range(0, rows).Select(r => new Segment(r * length, length))]);
    }

    private static float[] Read(TensorSource tensor)
    {
        using var stream = new MemoryStream();
        tensor.WriteTo(stream);
        return MemoryMarshal.Cast<byte, float>(stream.ToArray()).ToArray();
    }
}

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
    public static Dictionary<string, float[]> Named(TrainingModel model, bool gradients) => RoleStore.Export(model.Spec, model.Parameters, gradients).ToDictionary(t => t.Name, Read);

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

using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Epoch">How often all documents were seen.</param>
/// <param name="Position">Documents seen since.</param>
/// <param name="Tokens">Tokens that went through the network.</param>
/// <param name="Recipe">The hash of recipe and data: a checkpoint of another run is refused.</param>
/// <param name="Best">The best bits per byte of the validation texts, where a run may end early; null before the first measurement.</param>
/// <param name="Waited">Measurements since then.</param>
public sealed record RunState(int Step, int Epoch, int Position, long Tokens, string Recipe, double? Best = null, int Waited = 0);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunState))]
internal sealed partial class RunStateContext : JsonSerializerContext;

/// <summary>
/// A run put down: weights, optimizer and place in the data in one folder, which gets its name only when it is whole. The one before
/// goes away after that.
/// </summary>
internal static unsafe class Checkpoint
{
    private const string Prefix = "step-";

    /// <summary>Writes a checkpoint.</summary>
    public static void Write(string folder, TrainingModel model, Optimizer optimizer, WeightAverage? average, RunState state)
    {
        Directory.CreateDirectory(folder);
        string name = Path.Combine(folder, Prefix + state.Step.ToString("D8", CultureInfo.InvariantCulture)), temporary = name + ".part";
        // What has its name is whole, and of the same run: to write it again would leave a moment without any.
        if (Directory.Exists(name)) return;
        if (Directory.Exists(temporary)) Directory.Delete(temporary, true);
        Directory.CreateDirectory(temporary);
        var tensors = new List<TensorSource>();
        foreach (Parameter p in model.Trained)
            tensors.Add(TensorSource.From("weight." + p.Name, [p.Count], p.Values.ToArray()));
        foreach ((Parameter p, Memory<float> kept) in optimizer.Save())
            tensors.Add(TensorSource.From("optimizer." + p.Name, [kept.Length], kept));
        foreach ((Parameter p, float[] mean) in average?.Means ?? new Dictionary<Parameter, float[]>())
            tensors.Add(TensorSource.From("average." + p.Name, [p.Count], mean));
        SafetensorsWriter.Write(Path.Combine(temporary, "state.safetensors"), tensors);
        AtomicFile.Write(Path.Combine(temporary, "run.json"), s => s.Write(JsonSerializer.SerializeToUtf8Bytes(state, RunStateContext.Default.RunState)));
        Directory.Move(temporary, name);
        foreach (string old in Directory.GetDirectories(folder, Prefix + "*"))
            if (old != name) Directory.Delete(old, true);
    }

    /// <summary>Takes up the last checkpoint, or returns null where there is none.</summary>
    /// <exception cref="TrainingException">The checkpoint is of another run.</exception>
    public static RunState? Read(string folder, TrainingModel model, Optimizer optimizer, WeightAverage? average, string recipe)
    {
        if (!Directory.Exists(folder)) return null;
        string? last = Directory.GetDirectories(folder, Prefix + "*").Where(d => !d.EndsWith(".part", StringComparison.Ordinal)).Order(StringComparer.Ordinal).LastOrDefault();
        if (last is null) return null;
        RunState state = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(last, "run.json")), RunStateContext.Default.RunState)!;
        if (state.Recipe != recipe) throw new TrainingException($"{last} is a checkpoint of another recipe or of other data; give another output folder, or delete it");
        using var file = SafetensorsFile.Open(Path.Combine(last, "state.safetensors"));
        foreach (Parameter p in model.Trained) Floats(file, "weight." + p.Name).CopyTo(p.Values);
        foreach ((Parameter p, float[] mean) in average?.Means ?? new Dictionary<Parameter, float[]>()) Floats(file, "average." + p.Name).CopyTo(mean);
        optimizer.Restore(state.Step, name => Floats(file, "optimizer." + name).ToArray());
        return state;
    }

    internal static ReadOnlySpan<float> Floats(SafetensorsFile file, string name) =>
        file.Tensors.TryGetValue(name, out StoredTensor? tensor) && tensor.Type == ElementType.F32
            ? new ReadOnlySpan<float>(tensor.Data, checked((int)tensor.ElementCount))
            : throw new TrainingException($"{file.Path}: {name} is missing; the checkpoint is of another model");
}

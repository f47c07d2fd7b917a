using Candor.Formats;
using Candor.Models;
using Candor.Models.Conversion;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Ways of merging.</summary>
public enum MergeMethod
{
    /// <summary>Weighted sum of the models themselves, by weights that are brought to a sum of 1.</summary>
    Linear,

    /// <summary>Along the arc between two models.</summary>
    Slerp,

    /// <summary>TIES, on top of a base.</summary>
    Ties,

    /// <summary>DARE, on top of a base.</summary>
    Dare,
}

/// <summary>How models are merged.</summary>
public sealed record MergeOptions
{
    /// <summary>The way. Default linear.</summary>
    public MergeMethod Method { get; init; }

    /// <summary>A weight for each model; empty (default) for equal ones.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>Share of entries that stay, for <see cref="MergeMethod.Ties"/> and <see cref="MergeMethod.Dare"/>. Default 0.5.</summary>
    public double Density { get; init; } = 0.5;

    /// <summary>How far to go from the first model to the second, for <see cref="MergeMethod.Slerp"/>. Default 0.5.</summary>
    public double Along { get; init; } = 0.5;

    /// <summary>Decides what <see cref="MergeMethod.Dare"/> drops. Default 1.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>Merges models of one architecture, tensor by tensor, so that no more than one tensor of each is in memory.</summary>
public static class ModelMerger
{
    private const string Weights = "model.safetensors";

    /// <summary>Writes the merged model as a Hugging Face folder; everything but the weights comes from the first model.</summary>
    /// <param name="models">Folders of models, two or more (one or more on top of a base).</param>
    /// <param name="baseModel">The folder of the model that they all began as; needed for TIES and DARE.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops between tensors; no half-written file is left behind.</param>
    /// <exception cref="TrainingException">The models do not fit together, or an option is out of range.</exception>
    public static void Merge(IReadOnlyList<string> models, string? baseModel, string output, MergeOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        Check(models, baseModel, options);
        List<ModelSource> opened = [];
        try
        {
            foreach (string path in models.Concat(baseModel is null ? [] : [baseModel])) opened.Add(ModelSource.Open(path));
            foreach (ModelSource m in opened) if (m.Folder is null) throw new TrainingException($"{m.Path}: a model folder is expected; candor convert makes one of a GGUF file");
            TensorStore[] stores = [.. opened.Select(m => m.Store)];
            TensorSource[] tensors = [.. stores[0].Tensors.Values.Select(t => Tensor(t.Name, opened, options, baseModel is not null))];
            foreach (TensorStore other in stores.Skip(1))
                if (other.Tensors.Keys.FirstOrDefault(k => !stores[0].Tensors.ContainsKey(k)) is { } more) throw new TrainingException($"{other.Path}: has {more}, which {stores[0].Path} does not have");
            Directory.CreateDirectory(output);
            foreach (string name in ModelStart.Companions.Where(n => File.Exists(Path.Combine(models[0], n))))
                AtomicFile.Write(Path.Combine(output, name), s => s.Write(File.ReadAllBytes(Path.Combine(models[0], name))));
            SafetensorsWriter.Write(Path.Combine(output, Weights), tensors, new Dictionary<string, string> { ["format"] = "pt" }, cancellation);
        }
        finally
        {
            foreach (ModelSource m in opened) m.Dispose();
        }
    }

    private static void Check(IReadOnlyList<string> models, string? baseModel, MergeOptions o)
    {
        bool tasks = o.Method is MergeMethod.Ties or MergeMethod.Dare;
        string? fault =
            tasks && baseModel is null ? $"{o.Method} needs a base: the model that the others began as"
            : !tasks && baseModel is not null ? $"{o.Method} knows no base; ties and dare do"
            : o.Method == MergeMethod.Slerp && models.Count != 2 ? $"slerp goes from one model to another; {models.Count} were given"
            : models.Count < (tasks ? 1 : 2) ? "two models or more are needed"
            : o.Weights.Count > 0 && o.Weights.Count != models.Count ? $"{o.Weights.Count} weights for {models.Count} models"
            : o.Method == MergeMethod.Linear && o.Weights.Count > 0 && o.Weights.Sum() == 0 ? "the weights add up to 0"
            : o.Density is <= 0 or > 1 ? $"density is {o.Density}; above 0 and at most 1 is possible"
            : o.Along is < 0 or > 1 ? $"along is {o.Along}; 0 to 1 is possible"
            : null;
        if (fault is not null) throw new TrainingException(fault);
    }

    private static TensorSource Tensor(string name, List<ModelSource> models, MergeOptions options, bool hasBase)
    {
        StoredTensor first = models[0].Store.Tensors[name];
        StoredTensor[] all = [.. models.Select(m => m.Store.Tensors.TryGetValue(name, out StoredTensor? t) ? t : throw new TrainingException($"{m.Path}: has no {name}, which {models[0].Path} has"))];
        foreach ((StoredTensor t, ModelSource m) in all.Zip(models))
            if (!t.Shape.SequenceEqual(first.Shape)) throw new TrainingException($"{m.Path}: {name} is [{string.Join(", ", t.Shape)}], in {models[0].Path} it is [{string.Join(", ", first.Shape)}]");
        if (!first.Type.IsFloat()) return TensorSource.From(first);
        return new TensorSource(name, first.Type, first.Shape, stream => Write(first.Type, Values(name, all, options, hasBase), stream));
    }

    private static double[] Values(string name, StoredTensor[] all, MergeOptions o, bool hasBase)
    {
        double[][] values = [.. all.Select(t => TensorReader.ToArray(t).Select(x => (double)x).ToArray())];
        double[] weights = o.Weights.Count > 0 ? [.. o.Weights] : [.. Enumerable.Repeat(1.0, values.Length - (hasBase ? 1 : 0))];
        if (o.Method == MergeMethod.Slerp) return MergeFormulas.Slerp(values[0], values[1], o.Along);
        if (o.Method == MergeMethod.Linear) return MergeFormulas.Linear(values, [.. weights.Select(w => w / weights.Sum())]);
        double[] ground = values[^1];
        double[][] tasks = [.. values[..^1].Select(v => v.Select((x, i) => x - ground[i]).ToArray())];
        double[] task;
        if (o.Method == MergeMethod.Ties) task = MergeFormulas.Ties(tasks, weights, o.Density);
        else
        {
            var random = new SeededRandom(o.Seed ^ SeededRandom.Hash(name));
            bool[][] keep = [.. tasks.Select(t => t.Select(_ => random.NextDouble() < o.Density).ToArray())];
            task = MergeFormulas.Dare(tasks, weights, o.Density, (t, i) => keep[t][i]);
        }

        return MergeFormulas.Linear([ground, task], [1, 1]);
    }

    private static unsafe void Write(ElementType type, double[] values, Stream stream)
    {
        float[] floats = [.. values.Select(x => (float)x)];
        fixed (float* from = floats) ElementWriter.Write(from, 1, floats.Length, type, stream);
    }
}

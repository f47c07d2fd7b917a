using Candor.Formats;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>When a run ends before its steps are done.</summary>
public sealed record RecipeEarlyStopping
{
    /// <summary>The run ends when so many measurements in a row on the validation texts are no better than the best. Default 3.</summary>
    public int Patience { get; set; } = 3;

    /// <summary>Bits per byte by which a measurement must be better to count. Default 0.</summary>
    public double Least { get; set; }
}

/// <summary>Watches the validation texts, keeps the best weights in the folder <c>best</c>, and says when it is enough.</summary>
internal sealed class EarlyStopping(RecipeEarlyStopping options, string output)
{
    private readonly string path = Path.Combine(output, "best", "weights.safetensors");

    /// <summary>The best measurement; null before the first.</summary>
    public double? Best { get; private set; }

    /// <summary>Measurements since.</summary>
    public int Waited { get; private set; }

    /// <summary>Whether the run is over.</summary>
    public bool IsOver => Waited >= options.Patience;

    public void Restore(double? best, int waited) => (Best, Waited) = (best, waited);

    /// <summary>Takes a measurement of the weights as they are.</summary>
    public void Take(double bits, TrainingModel model)
    {
        if (Best is { } best && !(bits < best - options.Least))
        {
            Waited++;
            return;
        }

        (Best, Waited) = (bits, 0);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsWriter.Write(path, [.. model.Trained.Select(p => TensorSource.From(p.Name, [p.Count], p.Values.ToArray()))]);
    }

    /// <summary>Puts the best weights in place.</summary>
    public void TakeBest(TrainingModel model)
    {
        if (Best is null) return;
        using var file = SafetensorsFile.Open(path);
        foreach (Parameter p in model.Trained) Checkpoint.Floats(file, p.Name).CopyTo(p.Values);
    }
}

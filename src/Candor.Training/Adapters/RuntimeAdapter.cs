using Candor.Models;

namespace Candor.Training;

/// <summary>Adapters beside the weights of a plan: the weights stay as they are, and each sequence chooses its adapter.</summary>
public static class RuntimeAdapter
{
    /// <summary>Reads adapters that work together.</summary>
    /// <param name="plan">The model that runs.</param>
    /// <param name="model">Its path: a GGUF file, a Hugging Face folder, or a JSON spec beside its weights.</param>
    /// <param name="adapters">Folders as PEFT writes them, or GGUF files, each with a factor on what it adds; 1 as it was trained.</param>
    /// <returns>The adapter, which the caller owns.</returns>
    /// <exception cref="TrainingException">One cannot be read, was made for another model, or is of a kind that must be merged (<see cref="CanRun"/>).</exception>
    public static LoraAdapter Load(Plan plan, string model, IEnumerable<(string Path, float Factor)> adapters)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(adapters);
        var made = new LoraAdapter(plan);
        try
        {
            using ModelSource source = ModelSource.Open(model);
            foreach ((string path, float factor) in adapters) Add(made, source, path, factor);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Whether an adapter can work beside the weights: a plain low-rank one, of matrices of layers or of the output matrix. Others can be merged.</summary>
    /// <param name="path">A folder, or a GGUF file.</param>
    /// <exception cref="TrainingException">It cannot be read.</exception>
    public static bool CanRun(string path)
    {
        using AdapterSet adapters = AdapterFile.Read(path);
        return adapters.CanRun;
    }

    private static void Add(LoraAdapter to, ModelSource source, string path, float factor)
    {
        AdapterSet adapters = AdapterFile.Read(path);
        if (!adapters.CanRun)
        {
            adapters.Dispose();
            throw new TrainingException($"{path}: an adapter of this kind changes the weights themselves: merge it (candor merge)");
        }

        using TrainingModel model = AdapterFile.Model(source, adapters);
        foreach (((string role, int layer), LowRankSite site) in adapters.Places)
            to.Add(role, layer, site.ANumbers, site.BNumbers, site.Adapter.Rank, site.Adapter.Scale * factor);
    }
}

using Candor.Models;

namespace Candor.Training;

/// <summary>Adapters on disk, as PEFT's folders or GGUF files, and models with them.</summary>
public static class AdapterFile
{
    /// <summary>Reads an adapter.</summary>
    /// <param name="path">A folder, or a GGUF file.</param>
    /// <exception cref="TrainingException">It is missing, or of a kind that is not supported.</exception>
    public static AdapterSet Read(string path)
    {
        if (Directory.Exists(path)) return PeftFolder.Read(path);
        return File.Exists(path) ? GgufAdapter.Read(path) : throw new TrainingException($"{path}: there is no such adapter");
    }

    /// <summary>A model for training, with adapters that find their modules whatever file either comes from.</summary>
    /// <param name="source">The model; it must stay open.</param>
    /// <param name="adapters">Adapters, which the model owns from then on; null for none.</param>
    /// <param name="options">Memory and threads.</param>
    /// <exception cref="TrainingException">The adapters belong to another model.</exception>
    public static TrainingModel Model(ModelSource source, AdapterSet? adapters, TrainingModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ModelSpec? naming = adapters is null ? null : adapters.IsGguf
            ? ModuleNames.GgufNaming(source) ?? throw new TrainingException($"{source.Path}: a GGUF adapter cannot belong to a model of the architecture '{source.Spec.Architecture}'")
            : ModuleNames.Naming(source);
        var model = new TrainingModel(source.Spec, new ParameterSet(new ModelWeights(source.Spec, source.Store)), options, adapters, naming);
        if (adapters?.Unused is not { } left) return model;
        model.Dispose();
        throw new TrainingException($"the adapter's {left} has no place in {source.Path}: it was made for another model");
    }
}

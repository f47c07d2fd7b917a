using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Formats;
using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>How a run's result came about.</summary>
/// <param name="Inputs">The hashes of recipe and data.</param>
/// <param name="Base">The files that it began with.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Tokens">Tokens that went through the network.</param>
/// <param name="Estimate">What the steps were expected to take since the run was started last, or null.</param>
/// <param name="Took">What they took.</param>
internal sealed record RunOrigin(RunInputs Inputs, IReadOnlyList<HashedFile> Base, int Steps, long Tokens, RunCost? Estimate, RunCost? Took);

/// <summary>
/// What a run leaves: the model as a Hugging Face folder or, where it began as a GGUF file, as such a file, with a note of how it came
/// about; adapters apart too, for PEFT and for llama.cpp, and merged into the model.
/// </summary>
internal static class ModelOutput
{
    public static void Write(string output, ModelStart start, TrainingRecipe recipe, RunOrigin origin)
    {
        TrainingModel model = start.Model;
        string note = Note(recipe, origin);
        Directory.CreateDirectory(output);
        if (model.Adapters is { } adapters)
        {
            PeftFolder.Write(Path.Combine(output, "adapter"), model, recipe.Model.Start!);
            if (start.GgufNaming() is { } naming && GgufAdapter.CanHold(adapters)) GgufAdapter.Write(Path.Combine(output, "adapter.gguf"), model, naming, recipe.Model.Start!);
            AdapterMerge.Into(adapters, model.Pass.Pool, model.Parameters.Files);
        }

        if (start.Gguf is { } file) WriteGguf(Path.Combine(output, "model.gguf"), file, model, note);
        else
        {
            foreach ((string name, byte[] content) in start.Files) AtomicFile.Write(Path.Combine(output, name), s => s.Write(content));
            SafetensorsWriter.Write(Path.Combine(output, "model.safetensors"), RoleStore.Export(model.Spec, model.Parameters), new Dictionary<string, string> { ["format"] = "pt" });
        }

        AtomicFile.Write(Path.Combine(output, "training.json"), s => s.Write(Encoding.UTF8.GetBytes(note)));
    }

    /// <summary>The file that it was, with the tensors that changed; they keep their types.</summary>
    private static void WriteGguf(string path, GgufFile file, TrainingModel model, string note)
    {
        HashSet<string> kept = [.. model.Parameters.All.Where(p => p.Stored is not null).Select(p => RoleStore.FileName(model.Spec, p))];
        Dictionary<string, TensorSource> changed = RoleStore.Export(model.Spec, model.Parameters, type: name => file.Tensors.TryGetValue(name, out StoredTensor? old) ? TypeOf(old) : ElementType.F32).Where(t => !kept.Contains(t.Name)).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var metadata = new GgufMetadata();
        foreach ((string key, GgufValue value) in file.Metadata) metadata[key] = value;
        metadata["candor.training"] = GgufValue.Of(note);
        GgufWriter.Write(path, metadata, [.. file.Tensors.Values.Select(old => changed.TryGetValue(old.Name, out TensorSource? now) ? new TensorSource(old.Name, now.Type, old.Shape, now.WriteTo) : TensorSource.From(old))]);
    }

    private static ElementType TypeOf(StoredTensor old) =>
        Quantizer.CanWrite(old.Type) ? old.Type : old.Shape[^1] % ElementType.Q8_0.BlockElements() == 0 ? ElementType.Q8_0 : ElementType.F16;

    private static JsonArray Files(IEnumerable<HashedFile> files) => new([.. files.Select(f => (JsonNode)new JsonObject { ["file"] = f.Path, ["sha256"] = f.Hash })]);

    private static JsonObject? Cost(RunCost? cost) => cost is null ? null : new JsonObject
    {
        ["seconds"] = Math.Round(cost.Seconds, 3), ["peak_bytes"] = cost.Bytes, ["joules"] = Math.Round(cost.Joules, 1), ["energy"] = cost.Measured ? "measured" : "assumed",
    };

    private static string Note(TrainingRecipe recipe, RunOrigin origin) => new JsonObject
    {
        ["recipe"] = JsonNode.Parse(RecipeFile.Write(recipe)), ["recipe_and_data_sha256"] = origin.Inputs.Hash, ["data"] = Files(origin.Inputs.Data), ["base"] = Files(origin.Base), ["steps"] = origin.Steps, ["tokens"] = origin.Tokens,
        ["estimate"] = Cost(origin.Estimate), ["took"] = Cost(origin.Took),
        ["candor"] = typeof(TrainingRun).Assembly.GetName().Version?.ToString(3),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
}

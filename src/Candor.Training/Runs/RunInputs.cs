using System.Security.Cryptography;

namespace Candor.Training;

/// <summary>A file that a run reads, and what stood in it.</summary>
/// <param name="Path">As the recipe names it.</param>
/// <param name="Hash">SHA-256, in hexadecimal digits.</param>
internal sealed record HashedFile(string Path, string Hash);

/// <summary>What decides the outcome of a run.</summary>
/// <param name="Hash">Of the recipe and of all training files.</param>
/// <param name="Data">The training files.</param>
internal sealed record RunInputs(string Hash, IReadOnlyList<HashedFile> Data)
{
    /// <summary>Hashes a recipe and its training files.</summary>
    public static RunInputs Of(TrainingRecipe recipe, string root)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // How often a run is saved and shown, and where to, changes no weight; how often it is measured does only where that ends it.
        sha.AppendData(RecipeFile.Write(recipe with { Output = "", CheckpointEvery = 1, ValidateEvery = recipe.EarlyStopping is null ? 1 : recipe.ValidateEvery, Samples = null }));
        var data = new List<HashedFile>();
        foreach (string name in recipe.Data.Train)
            foreach (string file in DataFile.Files(Path.GetFullPath(name, root)))
            {
                byte[] hash = Hashed(file);
                sha.AppendData(hash);
                data.Add(new HashedFile(Path.GetRelativePath(root, file), Convert.ToHexStringLower(hash)));
            }

        return new RunInputs(Convert.ToHexStringLower(sha.GetHashAndReset()), data);
    }

    /// <summary>The weights that a run began with: a GGUF file, or the safetensors files of a folder; none for a new model.</summary>
    public static IReadOnlyList<HashedFile> Base(TrainingRecipe recipe, string root)
    {
        if (recipe.Model.Start is not { } start) return [];
        string path = Path.GetFullPath(start, root);
        string[] files = File.Exists(path) ? [path] : [.. Directory.GetFiles(path, "*.safetensors").Order(StringComparer.Ordinal)];
        return [.. files.Select(f => new HashedFile(Path.GetRelativePath(root, f), Convert.ToHexStringLower(Hashed(f))))];
    }

    private static byte[] Hashed(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return SHA256.HashData(stream);
    }
}

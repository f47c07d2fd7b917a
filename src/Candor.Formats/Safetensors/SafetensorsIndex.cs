using System.Text.Json;

namespace Candor.Formats;

/// <summary>The index of a sharded model (<c>model.safetensors.index.json</c>): which file holds which tensor.</summary>
internal sealed class SafetensorsIndex
{
    private SafetensorsIndex(Dictionary<string, string> map, List<string> files) => (Map, Files) = (map, files);

    /// <summary>The file's name for each tensor's name.</summary>
    public IReadOnlyDictionary<string, string> Map { get; }

    /// <summary>The names of the files, each once, as they first occur.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Reads an index and refuses names that lead out of its folder.</summary>
    /// <exception cref="ModelFormatException">It is damaged, hostile or no index.</exception>
    public static SafetensorsIndex Read(string path)
    {
        JsonElement weights = ConfigJson.Read(path, SafetensorsFile.HeaderLimit).GetObject("weight_map").Element;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in weights.EnumerateObject())
        {
            string where = "weight_map." + entry.Name;
            if (entry.Value.ValueKind is not JsonValueKind.String) throw new ModelFormatException(path, where, "the name of a file is expected");
            string name = entry.Value.GetString()!;
            CheckName(path, where, name);
            map.Add(entry.Name, name);
            if (seen.Add(name)) files.Add(name);
        }

        return new SafetensorsIndex(map, files);
    }

    private static void CheckName(string path, string where, string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny("/\\:\0") || name is "." or "..")
            throw new ModelFormatException(path, where, $"names the file {ModelFile.Quote(name)}, a file in the index's own folder is expected");
        if (ModelFile.HasPickleName(name)) throw ModelFile.Pickle(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name));
        if (!name.EndsWith(".safetensors", StringComparison.Ordinal))
            throw new ModelFormatException(path, where, $"names the file {ModelFile.Quote(name)}, a .safetensors file is expected");
    }
}

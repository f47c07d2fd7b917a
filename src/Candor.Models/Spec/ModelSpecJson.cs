using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Candor.Formats;

namespace Candor.Models;

/// <summary>Reads and writes a <see cref="ModelSpec"/> as JSON: property names in snake_case, enumerations by name.</summary>
public static class ModelSpecJson
{
    private const int FileLimit = 16 << 20;

    /// <summary>Reads a spec from a file.</summary>
    /// <exception cref="ModelFormatException">It is not a spec; the message names the line or property.</exception>
    public static ModelSpec Read(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists) throw new ModelFormatException(path, "", "no such file");
        if (info.Length > FileLimit) throw new ModelFormatException(path, "", $"{info.Length} bytes; a spec has at most {FileLimit}");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a spec from UTF-8 text.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="ModelFormatException">It is not a spec.</exception>
    public static ModelSpec Parse(ReadOnlySpan<byte> utf8, string file)
    {
        try
        {
            JsonNode? json = JsonNode.Parse(utf8, null, new JsonDocumentOptions { MaxDepth = 16, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            SpecDefaults.Fill(json);
            ModelSpec spec = json.Deserialize(ModelSpecContext.Default.ModelSpec) ?? throw new ModelFormatException(file, "", "is null; a model spec is expected");
            long count = spec.Layers.Sum(l => (long)Math.Max(0, l.Repeat));
            if (count is < 1 or > 10_000) throw new ModelFormatException(file, "layers", $"{count} layers; 1 to 10000 are possible");
            spec = spec with { Layers = [.. spec.Layers.SelectMany(l => Enumerable.Repeat(l with { Repeat = 1 }, l.Repeat))] };
            SpecValidator.Check(spec);
            return spec;
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(file, e.Path ?? "", e.Message.Split('\n')[0], e);
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFormatException(file, "", "a string is not valid Unicode", e);
        }
        catch (ModelSpecException e)
        {
            throw new ModelFormatException(file, "", e.Message, e);
        }
    }

    /// <summary>Writes a spec as indented JSON, equal neighbouring layers as one with <c>repeat</c>.</summary>
    public static string Write(ModelSpec spec)
    {
        var layers = new List<LayerSpec>();
        foreach (LayerSpec layer in spec.Layers)
        {
            if (layers.Count > 0 && layers[^1] with { Repeat = 1 } == layer) layers[^1] = layers[^1] with { Repeat = layers[^1].Repeat + 1 };
            else layers.Add(layer);
        }

        return JsonSerializer.Serialize(spec with { Layers = layers }, ModelSpecContext.Default.ModelSpec);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16)]
[JsonSerializable(typeof(ModelSpec))]
internal sealed partial class ModelSpecContext : JsonSerializerContext;

using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>The config.json of a folder that a GGUF file becomes: the one that it was made from, or one written anew.</summary>
internal static class FolderConfig
{
    /// <summary>The config of a GGUF model.</summary>
    /// <exception cref="ModelFormatException">There is none for this architecture.</exception>
    public static ConfigJson Of(ModelSource source, ModelWeights weights)
    {
        if (source.Gguf is not { } file) throw new ModelFormatException(source.Path, "", "only a GGUF file becomes a Hugging Face folder");
        if (file.Metadata.TryGetString(ModelConverter.ConfigKey, out string kept)) return ConfigJson.Parse(Encoding.UTF8.GetBytes(kept), $"{source.Path}, {ModelConverter.ConfigKey}");
        byte[] written = Encoding.UTF8.GetBytes(ConfigWriter.Write(source, weights).ToJsonString());
        return ConfigJson.Parse(written, "config.json");
    }

    /// <summary>The type that a config says its weights have, or null.</summary>
    public static ElementType? StoredType(ConfigJson config) => (config.GetString("dtype", null) ?? config.GetString("torch_dtype", null)) switch
    {
        "float32" => ElementType.F32, "float16" => ElementType.F16, "bfloat16" => ElementType.BF16, _ => null,
    };

    /// <summary>The shape as transformers has it where it differs from the weight's own.</summary>
    public static ImmutableArray<long> Shape(TargetTensor tensor, ImmutableArray<long> shape) => tensor.Slices[0][0].Role switch
    {
        "ssm_conv" => [shape[0], 1, shape[1]],
        "ssm_a" or "ssm_d" when shape is [_, 1] => [shape[0]],
        "ssm_norm" when shape is [var groups, var size] => [groups * size],
        _ => shape,
    };
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ConfigContext : JsonSerializerContext;

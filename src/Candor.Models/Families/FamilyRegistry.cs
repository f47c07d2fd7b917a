using Candor.Formats;

namespace Candor.Models;

/// <summary>
/// One family: how to make a <see cref="ModelSpec"/> from a Hugging Face <c>config.json</c>, from GGUF metadata, or both.
/// </summary>
/// <param name="Name">The family's name, for people: <c>LLaMA</c>.</param>
/// <param name="ModelTypes">Values of <c>model_type</c> in config.json that it reads.</param>
/// <param name="FromConfig">Makes the spec from config.json; null where it reads GGUF only.</param>
/// <param name="GgufArchitectures">Values of <c>general.architecture</c> that it reads.</param>
/// <param name="FromGguf">Makes the spec from a view of a GGUF file; null where it reads Hugging Face folders only.</param>
public sealed record Family(
    string Name,
    IReadOnlyList<string> ModelTypes,
    Func<ConfigJson, TensorStore, ModelSpec>? FromConfig,
    IReadOnlyList<string> GgufArchitectures,
    Func<GgufView, ModelSpec>? FromGguf);

/// <summary>The families that are built in.</summary>
public static class FamilyRegistry
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Family> All { get; } =
    [
        Families.Llama.Family, Families.Mistral.Family, Families.Mixtral.Family,
        Families.Falcon.Family, Families.FalconH1.Family, Families.Mamba.Family, Families.Mamba2.Family,
        Families.Qwen.Qwen2, Families.Qwen.Qwen3, Families.QwenMoe.Qwen2, Families.QwenMoe.Qwen3,
        Families.Gemma.Gemma1, Families.Gemma.Gemma2, Families.Gemma.Gemma3,
        Families.Phi3.Family, Families.Olmo2.Family, Families.Granite.Family, Families.SmolLm3.Family, Families.StableLm.Family,
        Families.Gpt2.Family, Families.GptNeoX.Family, Families.GptOss.Family, Families.DeepSeek.Family,
        Families.Bert.Family,
    ];

    /// <summary>The spec of a Hugging Face folder.</summary>
    /// <param name="config">Its config.json.</param>
    /// <param name="store">Its weights: some families look at which tensors there are.</param>
    /// <exception cref="ModelFormatException">The architecture is not supported, or a key is missing or wrong.</exception>
    public static ModelSpec FromConfig(ConfigJson config, TensorStore store)
    {
        string type = config.GetString("model_type", null) ?? throw config.Fault("model_type", "is missing; it names the architecture");
        foreach (Family family in All)
            if (family.FromConfig is not null && family.ModelTypes.Contains(type, StringComparer.Ordinal)) return family.FromConfig(config, store);
        throw config.Fault("model_type", $"architecture '{type}' is not supported; supported are {Names(f => f.FromConfig is null ? [] : f.ModelTypes)}. "
            + "A JSON file can describe another one: see docs/adding-a-family.md");
    }

    /// <summary>The spec of a GGUF file.</summary>
    /// <inheritdoc cref="FromConfig"/>
    public static ModelSpec FromGguf(GgufFile file) => FromGguf(GgufView.Of(file));

    /// <summary>The spec of a GGUF file, or of one that is to be written.</summary>
    /// <inheritdoc cref="FromConfig"/>
    public static ModelSpec FromGguf(GgufView file)
    {
        string architecture = file.Metadata.GetString("general.architecture");
        foreach (Family family in All)
            if (family.FromGguf is not null && family.GgufArchitectures.Contains(architecture, StringComparer.Ordinal)) return family.FromGguf(file);
        throw file.Metadata.Fault("general.architecture", $"architecture '{architecture}' is not supported; supported are {Names(f => f.FromGguf is null ? [] : f.GgufArchitectures)}. "
            + "A JSON file can describe another one: see docs/adding-a-family.md");
    }

    private static string Names(Func<Family, IReadOnlyList<string>> select) =>
        string.Join(", ", All.SelectMany(select).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}

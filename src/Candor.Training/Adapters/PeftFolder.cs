using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Adapter folders as PEFT writes them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
public static unsafe class PeftFolder
{
    private const string Prefix = "base_model.model.";

    /// <summary>Reads an adapter; its matrices find their places when a model is built with it.</summary>
    /// <exception cref="TrainingException">A file is missing, or the adapter is of a kind that is not supported.</exception>
    public static AdapterSet Read(string path)
    {
        string file = Path.Combine(path, "adapter_config.json");
        if (!File.Exists(file)) throw new TrainingException($"{path}: has no adapter_config.json, so it is no adapter's folder");
        JsonElement config;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            config = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new TrainingException($"{file}: {e.Message}", e);
        }

        string kind = Text(config, "peft_type") ?? "";
        if (kind != "LORA") throw new TrainingException($"{file}: peft_type is '{kind}'; LORA is supported");
        foreach (string name in (ReadOnlySpan<string>)["use_dora", "lora_bias", "fan_in_fan_out", "use_qalora"])
            if (config.TryGetProperty(name, out JsonElement set) && set.ValueKind == JsonValueKind.True) throw new TrainingException($"{file}: {name} is not supported yet");
        foreach (string name in (ReadOnlySpan<string>)["modules_to_save", "target_parameters", "trainable_token_indices"])
            if (config.TryGetProperty(name, out JsonElement set) && set.ValueKind is JsonValueKind.Array or JsonValueKind.Object) throw new TrainingException($"{file}: {name} is not supported yet");
        bool listed = config.TryGetProperty("target_modules", out JsonElement targets) && targets.ValueKind == JsonValueKind.Array;
        var options = new LoraOptions
        {
            Rank = config.GetProperty("r").GetInt32(), Alpha = config.GetProperty("lora_alpha").GetDouble(),
            RankStabilized = config.TryGetProperty("use_rslora", out JsonElement stable) && stable.ValueKind == JsonValueKind.True,
            Targets = listed ? [.. targets.EnumerateArray().Select(t => t.GetString()!)] : ["all-linear"],
            TargetPattern = !listed && targets.ValueKind == JsonValueKind.String && targets.GetString() != "all-linear" ? targets.GetString() : null,
            Layers = config.TryGetProperty("layers_to_transform", out JsonElement layers) ? Layers(layers) : null,
            RankPattern = Numbers(config, "rank_pattern").ToDictionary(p => p.Key, p => (int)p.Value), AlphaPattern = Numbers(config, "alpha_pattern"),
        };
        var start = new Dictionary<string, float[]>(StringComparer.Ordinal);
        using var tensors = SafetensorsFile.Open(Path.Combine(path, "adapter_model.safetensors"));
        foreach (StoredTensor tensor in tensors.Tensors.Values)
        {
            string name = tensor.Name.StartsWith(Prefix, StringComparison.Ordinal) ? tensor.Name[Prefix.Length..] : tensor.Name;
            if (name.EndsWith(".weight", StringComparison.Ordinal)) name = name[..^".weight".Length];
            if (!name.EndsWith(".lora_A", StringComparison.Ordinal) && !name.EndsWith(".lora_B", StringComparison.Ordinal)) throw new TrainingException($"{tensors.Path}: {tensor.Name} is no part of a LoRA adapter that is supported");
            start[name] = TensorReader.ToArray(tensor);
        }

        return new AdapterSet(options, start);
    }

    /// <summary>Writes an adapter.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="adapters">The adapters.</param>
    /// <param name="baseModel">What they were trained on.</param>
    public static void Write(string path, AdapterSet adapters, string baseModel)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        Directory.CreateDirectory(path);
        LoraOptions o = adapters.Options;
        JsonObject Patterns<T>(IReadOnlyDictionary<string, T> patterns, Func<T, JsonNode> value)
        {
            var made = new JsonObject();
            foreach ((string key, T number) in patterns) made[key] = value(number);
            return made;
        }

        var config = new JsonObject
        {
            ["peft_type"] = "LORA", ["task_type"] = "CAUSAL_LM", ["base_model_name_or_path"] = baseModel, ["inference_mode"] = true, ["r"] = o.Rank, ["lora_alpha"] = o.Alpha, ["lora_dropout"] = 0.0,
            ["use_rslora"] = o.RankStabilized, ["use_dora"] = false, ["bias"] = "none", ["fan_in_fan_out"] = false,
            ["target_modules"] = o.TargetPattern is { } pattern ? pattern : new JsonArray([.. adapters.All.Select(a => a.Module.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal).Select(t => (JsonNode)t)]),
            ["layers_to_transform"] = o.Layers is null ? null : new JsonArray([.. o.Layers.Select(l => (JsonNode)l)]), ["layers_pattern"] = o.Layers is null ? null : "layers",
            ["rank_pattern"] = Patterns(o.RankPattern, n => n), ["alpha_pattern"] = Patterns(o.AlphaPattern, n => n),
        };
        SafetensorsWriter.Write(
            Path.Combine(path, "adapter_model.safetensors"),
            [.. adapters.All.SelectMany(a => (TensorSource[])[Source($"{Prefix}{a.Module}.lora_A.weight", a.A), Source($"{Prefix}{a.Module}.lora_B.weight", a.B)])],
            new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.Write(Path.Combine(path, "adapter_config.json"), s => s.Write(System.Text.Encoding.UTF8.GetBytes(config.ToJsonString())));
    }

    private static TensorSource Source(string name, Parameter p) => TensorSource.From(name, [p.Rows, p.Columns], p.Values.ToArray());

    private static string? Text(JsonElement config, string name) => config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IReadOnlyList<int>? Layers(JsonElement layers) => layers.ValueKind switch
    {
        JsonValueKind.Number => [layers.GetInt32()],
        JsonValueKind.Array => [.. layers.EnumerateArray().Select(l => l.GetInt32())],
        _ => null,
    };

    private static Dictionary<string, double> Numbers(JsonElement config, string name) =>
        config.TryGetProperty(name, out JsonElement patterns) && patterns.ValueKind == JsonValueKind.Object ? patterns.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetDouble()) : [];
}

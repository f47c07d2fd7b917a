using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary><c>adapter_config.json</c> as PEFT writes it.</summary>
internal static class PeftConfig
{
    /// <summary>What it says, as options.</summary>
    /// <exception cref="TrainingException">The adapter is of a kind that is not supported.</exception>
    public static LoraOptions Read(JsonElement config, string file)
    {
        string kind = Text(config, "peft_type") ?? "";
        if (kind is not ("LORA" or "IA3")) throw new TrainingException($"{file}: peft_type is '{kind}'; LORA and IA3 are supported");
        foreach (string name in (ReadOnlySpan<string>)["lora_bias", "use_qalora"])
            if (IsSet(config, name)) throw new TrainingException($"{file}: {name} is not supported");
        if (config.TryGetProperty("trainable_token_indices", out JsonElement indices) && indices.ValueKind is JsonValueKind.Array or JsonValueKind.Object && indices.GetRawText().Length > 2)
            throw new TrainingException($"{file}: trainable_token_indices is not supported");
        bool listed = config.TryGetProperty("target_modules", out JsonElement targets) && targets.ValueKind == JsonValueKind.Array;
        var common = new LoraOptions
        {
            TargetParameters = config.TryGetProperty("target_parameters", out JsonElement matrices) && matrices.ValueKind == JsonValueKind.Array ? Strings(matrices) : [],
            Targets = listed ? Strings(targets) : ["all-linear"],
            TargetPattern = !listed && targets.ValueKind == JsonValueKind.String && targets.GetString() != "all-linear" ? targets.GetString() : null,
            ModulesToSave = config.TryGetProperty("modules_to_save", out JsonElement save) && save.ValueKind == JsonValueKind.Array ? Strings(save) : [],
        };
        if (kind == "IA3") return common with { Scaling = true, ScaledInputs = config.TryGetProperty("feedforward_modules", out JsonElement inputs) && inputs.ValueKind == JsonValueKind.Array ? Strings(inputs) : [] };
        return common with
        {
            Rank = config.GetProperty("r").GetInt32(), Alpha = config.GetProperty("lora_alpha").GetDouble(), RankStabilized = IsSet(config, "use_rslora"), Dora = IsSet(config, "use_dora"),
            Layers = config.TryGetProperty("layers_to_transform", out JsonElement layers) ? Layers(layers) : null,
            RankPattern = Numbers(config, "rank_pattern").ToDictionary(p => p.Key, p => (int)p.Value), AlphaPattern = Numbers(config, "alpha_pattern"),
        };
    }

    /// <summary>The file for an adapter.</summary>
    public static JsonObject Write(AdapterSet adapters, string baseModel)
    {
        LoraOptions o = adapters.Options;
        IEnumerable<string> modules = adapters.All.Where(a => a.Experts == 0).Select(a => a.Module).Concat(adapters.Scalings.Select(s => s.Module));
        var config = new JsonObject
        {
            ["peft_type"] = o.Scaling ? "IA3" : "LORA", ["task_type"] = "CAUSAL_LM", ["base_model_name_or_path"] = baseModel, ["inference_mode"] = true,
            ["target_modules"] = o.TargetPattern is { } pattern ? pattern : Array(modules.Select(m => m.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal)),
            ["modules_to_save"] = o.ModulesToSave.Count == 0 ? null : Array(o.ModulesToSave), ["fan_in_fan_out"] = adapters.IsTurned,
        };
        if (o.Scaling)
        {
            config["feedforward_modules"] = Array(o.ScaledInputs);
            config["init_ia3_weights"] = true;
            return config;
        }

        (config["r"], config["lora_alpha"], config["lora_dropout"], config["bias"], config["use_rslora"], config["use_dora"]) = (o.Rank, o.Alpha, 0.0, "none", o.RankStabilized, o.Dora);
        if (o.TargetParameters.Count > 0) config["target_parameters"] = Array(o.TargetParameters);
        config["layers_to_transform"] = o.Layers is null ? null : new JsonArray([.. o.Layers.Select(l => (JsonNode)l)]);
        config["layers_pattern"] = o.Layers is null ? null : adapters.All.Select(a => a.Module.Split('.')).Select(p => p.TakeWhile(x => !int.TryParse(x, out int _)).LastOrDefault()).FirstOrDefault() ?? "layers";
        config["rank_pattern"] = Patterns(o.RankPattern, n => n);
        config["alpha_pattern"] = Patterns(o.AlphaPattern, n => n);
        return config;
    }

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject Patterns<T>(IReadOnlyDictionary<string, T> patterns, Func<T, JsonNode> value)
    {
        var made = new JsonObject();
        foreach ((string key, T number) in patterns) made[key] = value(number);
        return made;
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(t => t.GetString()!)];

    private static bool IsSet(JsonElement config, string name) => config.TryGetProperty(name, out JsonElement set) && set.ValueKind == JsonValueKind.True;

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

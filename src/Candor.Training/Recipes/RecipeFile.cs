using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Candor.Training;

/// <summary>Recipes as files.</summary>
public static class RecipeFile
{
    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The file.</param>
    /// <param name="changes">Fields to set, as <c>optimizer.rate=1e-4</c>: a value is JSON or, where it is none, a text. Null for none.</param>
    /// <exception cref="TrainingException">It is no recipe, or a number in it is out of range.</exception>
    public static TrainingRecipe Read(string path, IEnumerable<string>? changes = null)
    {
        TrainingRecipe recipe;
        try
        {
            JsonNode root = JsonNode.Parse(File.ReadAllBytes(path), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new TrainingException($"{path}: an object is expected");
            foreach (string change in changes ?? []) Set(root.AsObject(), change);
            recipe = root.Deserialize(RecipeContext.Default.TrainingRecipe) ?? throw new TrainingException($"{path}: is empty");
        }
        catch (JsonException e)
        {
            throw new TrainingException($"{path}: {e.Message}", e);
        }

        string? fault =
            recipe.Steps < 1 ? $"steps is {recipe.Steps}; 1 or more is needed"
            : recipe.Length < 2 ? $"length is {recipe.Length}; 2 or more is needed"
            : recipe.BatchTokens < recipe.Length ? $"batchTokens is {recipe.BatchTokens}, less than length {recipe.Length}"
            : recipe.StepTokens < recipe.BatchTokens ? $"stepTokens is {recipe.StepTokens}, less than batchTokens {recipe.BatchTokens}"
            : recipe.Output.Length == 0 ? "output names no folder"
            : recipe.Data.Train.Count == 0 ? "data.train names no file"
            : recipe.Data.Weights.Count > 0 && recipe.Data.Weights.Count != recipe.Data.Train.Count ? $"data.weights has {recipe.Data.Weights.Count} numbers for {recipe.Data.Train.Count} files of data.train"
            : recipe.Data.Weights.Any(w => w is not (>= 0 and <= 1000)) ? "data.weights must be between 0 and 1000"
            : recipe.Data.ValidShare is not (>= 0 and < 1) ? "data.validShare must be 0 or more and below 1"
            : recipe.Data.Nearness is not (> 0 and <= 1) ? "data.nearness must be above 0 and at most 1"
            : recipe.CheckpointEvery < 1 || recipe.ValidateEvery < 1 ? "checkpointEvery and validateEvery must be 1 or more"
            : new object?[] { recipe.Model.Start, recipe.Model.Config, recipe.Model.Depth }.Count(m => m is not null) != 1 ? "model needs one of start (a folder or a GGUF file), config and depth (of a new model)"
            : recipe.Model.Depth is < 1 or > 128 ? $"model.depth is {recipe.Model.Depth}; 1 to 128 is possible"
            : recipe.Lora is not null && recipe.Model.Start is null ? "lora needs model.start: adapters belong to a model that is there"
            : new object?[] { recipe.Preference, recipe.Kto, recipe.Grpo, recipe.Distillation }.Count(m => m is not null) > 1 ? "preference, kto, grpo and distillation exclude each other"
            : (recipe.Preference is not null || recipe.Kto is not null || recipe.Grpo is not null) && recipe.Model.Start is null ? "preference, kto and grpo need model.start: a model that already answers"
            : recipe.Grpo is { Prompts: < 1 } or { Answers: < 2 } or { MostTokens: < 1 } ? "grpo needs prompts and mostTokens of 1 or more, and answers of 2 or more"
            : recipe.Grpo is { } grpo && grpo.MostTokens >= recipe.Length ? $"grpo.mostTokens is {grpo.MostTokens}; it must be less than length, {recipe.Length}, which the prompt shares"
            : recipe.Average is not (>= 0 and < 1) ? "average must be 0 or more and below 1"
            : recipe is { Average: > 0, Optimizer.Kind: OptimizerKind.ScheduleFree } ? "average and optimizer.kind scheduleFree exclude each other: that kind keeps a mean already"
            : recipe.EarlyStopping is { Patience: < 1 } ? "earlyStopping.patience must be 1 or more"
            : recipe.EarlyStopping is not null && recipe.Data.Valid.Count == 0 && recipe.Data.ValidShare == 0 ? "earlyStopping needs data.valid or data.validShare"
            : recipe.EarlyStopping is not null && (recipe.Preference is not null || recipe.Kto is not null || recipe.Grpo is not null) ? "earlyStopping measures documents; preference, kto and grpo have none"
            : recipe.Samples is { Every: < 1 } or { Tokens: < 1 } ? "samples.every and samples.tokens must be 1 or more"
            : recipe.Samples is { Prompts.Count: 0 } ? "samples.prompts is empty"
            : recipe.Optimizer is { Power: not > 0 } or { Cycles: < 1 } ? "optimizer.power must be above 0, and optimizer.cycles 1 or more"
            : recipe.Distillation is { Teacher.Length: 0 } ? "distillation.teacher names no model"
            : recipe.Preference is { Kind: PreferenceKind.Exo, LabelSmoothing: <= 0 } ? "preference.kind exo needs labelSmoothing above 0, such as 0.001"
            : recipe.Preference is { LabelSmoothing: < 0 or >= 0.5 } ? "preference.labelSmoothing must be 0 or more and below 0.5"
            : recipe.Loss is { LabelSmoothing: < 0 or >= 1 } ? "loss.labelSmoothing must be 0 or more and below 1"
            : recipe.Optimizer is { Amsgrad: true, Kind: not OptimizerKind.AdamW } ? "optimizer.amsgrad needs optimizer.kind adamW"
            : recipe.Optimizer is { CoupledDecay: true, Kind: not (OptimizerKind.AdamW or OptimizerKind.AdamW8Bit) } ? "optimizer.coupledDecay needs optimizer.kind adamW or adamW8Bit"
            : !(recipe.Optimizer.Rate > 0) ? $"optimizer.rate is {recipe.Optimizer.Rate}; a number above 0 is needed"
            : null;
        return fault is null ? recipe : throw new TrainingException($"{path}: {fault}");
    }

    /// <summary>A filter from fields, as <c>leastCharacters=200</c>.</summary>
    /// <exception cref="TrainingException">A filter has no such field, or the value is of another kind.</exception>
    public static RecipeFilter Filter(IEnumerable<string> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var root = new JsonObject();
        foreach (string field in fields) Set(root, field);
        try
        {
            return root.Deserialize(RecipeContext.Default.RecipeFilter)!;
        }
        catch (JsonException e)
        {
            throw new TrainingException($"data.filter: {e.Message}", e);
        }
    }

    /// <summary>What a recipe may hold, as a JSON schema for editors and programs.</summary>
    public static string Schema() => RecipeContext.Default.TrainingRecipe.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static void Set(JsonObject root, string change)
    {
        int at = change.IndexOf('=', StringComparison.Ordinal);
        string[] names = at > 0 ? change[..at].Split('.') : [];
        if (names.Length == 0 || names.Any(n => n.Length == 0)) throw new TrainingException($"'{change}': a field and a value are expected, such as optimizer.rate=1e-4");
        JsonObject inside = root;
        foreach (string name in names[..^1])
        {
            if (inside[name] is not JsonObject next) inside[name] = next = [];
            inside = next;
        }

        string text = change[(at + 1)..];
        try
        {
            inside[names[^1]] = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            inside[names[^1]] = text;
        }
    }

    /// <summary>A recipe as JSON.</summary>
    public static byte[] Write(TrainingRecipe recipe) => JsonSerializer.SerializeToUtf8Bytes(recipe, RecipeContext.Default.TrainingRecipe);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Formats;
using Candor.Models;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;
using Candor.Tokenizers.Training;

namespace Candor.Training;

/// <summary>What a run starts from: a new model and its tokenizer, or a model that is there.</summary>
internal sealed class ModelStart : IDisposable
{
    /// <summary>Small files of a model that go along unchanged.</summary>
    internal static readonly string[] Companions = ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json", "candor.json"];

    private readonly ModelSource? source;
    private ModelSource? teacher;

    private ModelStart(TrainingModel model, StartText text, IReadOnlyDictionary<string, byte[]> files, ModelSource? source) =>
        (Model, Tokenizer, Template, Begin, End, Files, this.source) = (model, text.Tokenizer, text.Template, text.Begin, text.End, files, source);

    public TrainingModel Model { get; }

    public Tokenizer Tokenizer { get; }

    public ChatTemplate? Template { get; }

    /// <summary>The token before a text.</summary>
    public int Begin { get; }

    /// <summary>The token after a text.</summary>
    public int End { get; }

    /// <summary>The GGUF file that it starts from, where it is one.</summary>
    public GgufFile? Gguf => source?.Gguf;

    /// <summary>Files that belong to the model besides its weights.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public static ModelStart Of(TrainingRecipe recipe, string root, string output, Action<string>? say)
    {
        var options = new TrainingModelOptions { Recompute = recipe.Recompute };
        if (recipe.Model.Start is { } start) return Existing(Path.GetFullPath(start, root), recipe, root, options);
        RecipeTokenizer made = recipe.Model.Tokenizer ?? new RecipeTokenizer();
        byte[] json = TokenizerJson(made, recipe, root, output, say);
        JsonTokenizer tokenizer = JsonTokenizer.Parse(json, "tokenizer.json");
        int Id(string token) => tokenizer.TokenToId(token) ?? throw new TrainingException($"model.tokenizer: {token} is no token; name it among the special ones");
        JsonObject config = JsonNode.Parse(recipe.Model.Config!.Value.GetRawText())!.AsObject();
        config["vocab_size"] = tokenizer.VocabularySize;
        config["bos_token_id"] = Id(made.Bos);
        config["eos_token_id"] = Id(made.Eos);
        byte[] configJson = System.Text.Encoding.UTF8.GetBytes(config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        ModelSpec spec = FamilyRegistry.FromConfig(ConfigJson.Parse(configJson, "model.config"), RoleStore.Empty);
        var model = new TrainingModel(spec, new ParameterSet(new WeightInitializer(recipe.Seed, spec.Layers.Count)), options);
        var files = new Dictionary<string, byte[]> { ["config.json"] = configJson, ["tokenizer.json"] = json };
        files["tokenizer_config.json"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast", ["bos_token"] = made.Bos, ["eos_token"] = made.Eos, ["clean_up_tokenization_spaces"] = false, ["model_max_length"] = spec.ContextLength,
        }.ToJsonString());
        files["generation_config.json"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["bos_token_id"] = Id(made.Bos), ["eos_token_id"] = new JsonArray(Id(made.Eos), Id(made.Bos)) }.ToJsonString());
        ChatTemplate? template = null;
        if (recipe.Model.ChatTemplate is { } path)
        {
            string text = File.ReadAllText(Path.GetFullPath(path, root));
            template = ChatTemplate.Parse(text, path);
            files["chat_template.jinja"] = System.Text.Encoding.UTF8.GetBytes(text);
        }

        return new ModelStart(model, new StartText(tokenizer, template, Id(made.Bos), Id(made.Bos)), files, null);
    }

    public void Dispose()
    {
        Model.Dispose();
        source?.Dispose();
        teacher?.Dispose();
    }

    /// <summary>The architecture as a GGUF file has it, or null where there is no such file of it.</summary>
    public ModelSpec? GgufNaming() => source is null ? null : ModuleNames.GgufNaming(source);

    /// <summary>The model as it was before training, for preference methods; null where the adapters can be switched off instead.</summary>
    public TrainingModel? Reference() => Model.Adapters is not null ? null : Frozen(source!);

    /// <summary>A teacher.</summary>
    /// <exception cref="TrainingException">Its vocabulary is another.</exception>
    public TrainingModel Teacher(string path)
    {
        teacher = ModelSource.Open(path);
        if (teacher.Spec.VocabularySize != Model.Spec.VocabularySize) throw new TrainingException($"{path}: has {teacher.Spec.VocabularySize} tokens, the model {Model.Spec.VocabularySize}: a teacher needs the same vocabulary");
        return Frozen(teacher);
    }

    private static TrainingModel Frozen(ModelSource of) => AdapterFile.Model(of, null, new TrainingModelOptions { Frozen = true });

    private static ModelStart Existing(string path, TrainingRecipe recipe, string root, TrainingModelOptions options)
    {
        if (!Directory.Exists(path) && !File.Exists(path)) throw new TrainingException($"{path}: there is no such model");
        ModelSource source = ModelSource.Open(path);
        try
        {
            AdapterSet? adapters = recipe.Lora is not { } lora ? null
                : lora.Start is { } start ? AdapterFile.Read(Path.GetFullPath(start, root)) : new AdapterSet(lora, recipe.Seed);
            TrainingModel model = AdapterFile.Model(source, adapters, options);
            if (adapters is not null && !adapters.Parameters.Any()) throw new TrainingException("lora: no matrix of the model is a target");
            var files = Companions.Where(name => source.Folder is not null && File.Exists(Path.Combine(path, name))).ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(path, name)));
            return new ModelStart(model, StartText.Of(source), files, source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer of an earlier start of the same run, or one learnt from the training texts.</summary>
    private static byte[] TokenizerJson(RecipeTokenizer made, TrainingRecipe recipe, string root, string output, Action<string>? say)
    {
        string path = Path.Combine(output, "tokenizer.json");
        if (File.Exists(path)) return File.ReadAllBytes(path);
        say?.Invoke($"learning a tokenizer of {made.Vocabulary} tokens");
        byte[] json = BytePairTrainer.Train(Texts(recipe, root, made.Characters), new BytePairTrainingOptions { VocabularySize = made.Vocabulary, SpecialTokens = made.Special }).ToTokenizerJson();
        Directory.CreateDirectory(output);
        AtomicFile.Write(path, s => s.Write(json));
        return json;
    }

    /// <summary>Texts of all files in turn, up to so many characters.</summary>
    private static IEnumerable<string> Texts(TrainingRecipe recipe, string root, long characters)
    {
        long each = characters / recipe.Data.Train.Count;
        foreach (string file in recipe.Data.Train)
        {
            long taken = 0;
            foreach (string text in DocumentReader.Texts(Path.GetFullPath(file, root)))
            {
                yield return text;
                if ((taken += text.Length) >= each) break;
            }
        }
    }
}

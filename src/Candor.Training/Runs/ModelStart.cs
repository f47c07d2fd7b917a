using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Formats;
using Candor.Kernels;
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
        (Model, Text, Files, this.source) = (model, text, files, source);

    public TrainingModel Model { get; }

    /// <summary>What turns text into its tokens.</summary>
    public StartText Text { get; }

    /// <summary>The GGUF file that it starts from, where it is one.</summary>
    public GgufFile? Gguf => source?.Gguf;

    /// <summary>Files that belong to the model besides its weights.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public static ModelStart Of(TrainingRecipe recipe, string root, string output, Action<string>? say)
    {
        var options = new TrainingModelOptions { Recompute = recipe.Recompute, Precision = recipe.Precision };
        if (recipe.Model.Start is { } start) return Existing(Path.GetFullPath(start, root), recipe, root, options);
        RecipeTokenizer made = recipe.Model.Tokenizer ?? new RecipeTokenizer();
        byte[] json = TokenizerJson(made, recipe, root, output, say);
        StartText text = Made(made, recipe, root, json);
        Tokenizer tokenizer = text.Tokenizer;
        JsonObject config = recipe.Model.Depth is { } depth ? SizeDial.Config(depth, recipe.Length) : JsonNode.Parse(recipe.Model.Config!.Value.GetRawText())!.AsObject();
        config["vocab_size"] = tokenizer.VocabularySize;
        config["bos_token_id"] = text.Begin;
        config["eos_token_id"] = Id(tokenizer, made.Eos);
        byte[] configJson = System.Text.Encoding.UTF8.GetBytes(config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        ModelSpec spec = FamilyRegistry.FromConfig(ConfigJson.Parse(configJson, "model.config"), RoleStore.Empty);
        var model = new TrainingModel(spec, new ParameterSet(new WeightInitializer(recipe.Seed, spec.Layers.Count)), options);
        var files = new Dictionary<string, byte[]> { ["config.json"] = configJson, ["tokenizer.json"] = json };
        files["tokenizer_config.json"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast", ["bos_token"] = made.Bos, ["eos_token"] = made.Eos, ["clean_up_tokenization_spaces"] = false, ["model_max_length"] = spec.ContextLength,
        }.ToJsonString());
        files["generation_config.json"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["bos_token_id"] = text.Begin, ["eos_token_id"] = new JsonArray(Id(tokenizer, made.Eos), text.Begin) }.ToJsonString());
        if (recipe.Model.ChatTemplate is { } path) files["chat_template.jinja"] = File.ReadAllBytes(Path.GetFullPath(path, root));
        return new ModelStart(model, text, files, null);
    }

    /// <summary>What turns text into tokens in a run of a recipe, without its weights; a tokenizer that is yet to be learnt is learnt, and not kept.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="root">The recipe's folder.</param>
    /// <param name="output">The run's folder.</param>
    /// <exception cref="TrainingException">There is no such model, or it has no tokenizer.</exception>
    internal static StartText TextOf(TrainingRecipe recipe, string root, string output)
    {
        if (recipe.Model.Start is { } start)
        {
            string path = Path.GetFullPath(start, root);
            if (!Directory.Exists(path) && !File.Exists(path)) throw new TrainingException($"{path}: there is no such model");
            using ModelSource source = ModelSource.Open(path);
            return StartText.Of(source);
        }

        RecipeTokenizer made = recipe.Model.Tokenizer ?? new RecipeTokenizer();
        string learnt = Path.Combine(output, "tokenizer.json");
        return Made(made, recipe, root, File.Exists(learnt) ? File.ReadAllBytes(learnt) : Learn(made, recipe, root));
    }

    private static StartText Made(RecipeTokenizer made, TrainingRecipe recipe, string root, byte[] json)
    {
        JsonTokenizer tokenizer = JsonTokenizer.Parse(json, "tokenizer.json");
        ChatTemplate? template = recipe.Model.ChatTemplate is { } path ? ChatTemplate.Parse(File.ReadAllText(Path.GetFullPath(path, root)), path) : null;
        int begin = Id(tokenizer, made.Bos);
        return new StartText(tokenizer, template, begin, begin, new Dictionary<string, string> { ["bos_token"] = made.Bos, ["eos_token"] = made.Eos });
    }

    private static int Id(Tokenizer tokenizer, string token) =>
        tokenizer.TokenToId(token) ?? throw new TrainingException($"model.tokenizer: {token} is no token; name it among the special ones");

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

    /// <summary>A model beside the one that trains; both multiply alike, so that they agree where their weights do.</summary>
    private TrainingModel Frozen(ModelSource of) => AdapterFile.Model(
        of, null, new TrainingModelOptions { Frozen = true, Precision = Model.Precision == ProductPrecision.BFloat16 ? TrainingPrecision.Bfloat16 : TrainingPrecision.Float32 });

    private static ModelStart Existing(string path, TrainingRecipe recipe, string root, TrainingModelOptions options)
    {
        if (!Directory.Exists(path) && !File.Exists(path)) throw new TrainingException($"{path}: there is no such model");
        ModelSource source = ModelSource.Open(path);
        try
        {
            AdapterSet? adapters = recipe.Lora is not { } lora ? null
                : lora.Start is { } start ? AdapterFile.Read(Path.GetFullPath(start, root)) : new AdapterSet(lora, recipe.Seed);
            if (source.Spec.Head is null) throw new TrainingException($"{path}: makes embeddings and foretells no tokens, which is what recipes train");
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
        byte[] json = Learn(made, recipe, root);
        Directory.CreateDirectory(output);
        AtomicFile.Write(path, s => s.Write(json));
        return json;
    }

    /// <summary>A tokenizer learnt from the training texts.</summary>
    /// <exception cref="TrainingException">It cannot be learnt as the recipe wants it.</exception>
    private static byte[] Learn(RecipeTokenizer made, TrainingRecipe recipe, string root)
    {
        try
        {
            IEnumerable<string> texts = Texts(recipe, root, made.Characters);
            return made.Kind == TokenizerKind.Unigram
                ? UnigramTrainer.Train(texts, new UnigramTrainingOptions { VocabularySize = made.Vocabulary, SpecialTokens = made.Special }).ToTokenizerJson()
                : BytePairTrainer.Train(texts, new BytePairTrainingOptions { PreTokenizer = made.PreTokenizer, VocabularySize = made.Vocabulary, SpecialTokens = made.Special }).ToTokenizerJson();
        }
        catch (ArgumentException e)
        {
            throw new TrainingException($"model.tokenizer: {e.Message}", e);
        }
    }

    /// <summary>Texts of all files in turn, up to so many characters.</summary>
    private static IEnumerable<string> Texts(TrainingRecipe recipe, string root, long characters)
    {
        long each = characters / recipe.Data.Train.Count;
        long[] taken = new long[recipe.Data.Train.Count];
        foreach (SelectedEntry entry in DataSelection.Used(recipe.Data, root).Where(e => e.Use == DataUse.Train))
        {
            foreach (string text in taken[entry.File] < each ? DocumentReader.Texts(entry.Entry) : [])
            {
                yield return text;
                if ((taken[entry.File] += text.Length) >= each) break;
            }
        }
    }
}

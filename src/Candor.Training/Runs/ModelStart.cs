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
    private static readonly string[] Companions = ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json", "candor.json"];

    private readonly ModelSource? source;

    private ModelStart(TrainingModel model, Tokenizer tokenizer, ChatTemplate? template, int boundary, IReadOnlyDictionary<string, byte[]> files, ModelSource? source) =>
        (Model, Tokenizer, Template, Boundary, Files, this.source) = (model, tokenizer, template, boundary, files, source);

    public TrainingModel Model { get; }

    public Tokenizer Tokenizer { get; }

    public ChatTemplate? Template { get; }

    /// <summary>The token before and after a text.</summary>
    public int Boundary { get; }

    /// <summary>Files that belong to the model besides its weights.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public static ModelStart Of(TrainingRecipe recipe, string root, string output, Action<string>? say)
    {
        var options = new TrainingModelOptions { Recompute = recipe.Recompute };
        if (recipe.Model.Start is { } start) return Existing(Path.GetFullPath(start, root), recipe, options);
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

        return new ModelStart(model, tokenizer, template, Id(made.Bos), files, null);
    }

    public void Dispose()
    {
        Model.Dispose();
        source?.Dispose();
    }

    private static ModelStart Existing(string folder, TrainingRecipe recipe, TrainingModelOptions options)
    {
        ModelSource source = ModelSource.Open(folder);
        if (source.Folder is null) throw new TrainingException($"{folder}: a model folder is expected");
        AdapterSet? adapters = recipe.Lora is { } lora ? new AdapterSet(lora, recipe.Seed) : null;
        var model = new TrainingModel(source.Spec, new ParameterSet(new ModelWeights(source.Spec, source.Store)), options, adapters);
        if (adapters is not null && !adapters.Parameters.Any()) throw new TrainingException("lora: no matrix of the model is a target");
        TokenizerFolder opened = TokenizerFolder.Open(folder);
        ChatTemplate? template = opened.Config.ChatTemplates.Count > 0 ? new ChatTemplateSet(opened.Config.ChatTemplates).Select() : null;
        string? bos = opened.Config.BosToken ?? opened.Config.SpecialTokens.GetValueOrDefault("eos_token");
        int boundary = bos is null ? throw new TrainingException($"{folder}: its tokenizer names neither a token that begins a text nor one that ends it") : opened.Tokenizer.TokenToId(bos) ?? 0;
        var files = Companions.Where(name => File.Exists(Path.Combine(folder, name))).ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(folder, name)));
        return new ModelStart(model, opened.Tokenizer, template, boundary, files, source);
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

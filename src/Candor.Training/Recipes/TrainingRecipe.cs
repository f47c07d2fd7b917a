using System.Text.Json;
using System.Text.Json.Serialization;

namespace Candor.Training;

/// <summary>
/// All that makes a training run, as one JSON file. Paths are relative to the file. Properties can be set because only so does
/// generated JSON code keep the defaults of what a file leaves out.
/// </summary>
public sealed record TrainingRecipe
{
    /// <summary>What is trained.</summary>
    public RecipeModel Model { get; set; } = new();

    /// <summary>What it is trained on.</summary>
    public RecipeData Data { get; set; } = new();

    /// <summary>Trains low-rank adapters and leaves the weights alone; null (default) for all weights.</summary>
    public LoraOptions? Lora { get; set; }

    /// <summary>What is added to the loss of each token, or changed in it.</summary>
    public RecipeLoss Loss { get; set; } = new();

    /// <summary>Learns from pairs of a better and a worse answer instead of documents (DPO and its kin); null (default) for not.</summary>
    public PreferenceOptions? Preference { get; set; }

    /// <summary>Learns from answers that are good or bad (KTO); null (default) for not.</summary>
    public KtoOptions? Kto { get; set; }

    /// <summary>Learns from rewards of answers that it draws itself (GRPO); null (default) for not.</summary>
    public GrpoOptions? Grpo { get; set; }

    /// <summary>Learns the distributions of a teacher on the documents; null (default) for not.</summary>
    public RecipeDistillation? Distillation { get; set; }

    /// <summary>How the weights change.</summary>
    public RecipeOptimizer Optimizer { get; set; } = new();

    /// <summary>Steps of the run: changes of the weights.</summary>
    public int Steps { get; set; }

    /// <summary>Tokens of a step; documents fill it as well as they can. Default 8192.</summary>
    public int StepTokens { get; set; } = 8192;

    /// <summary>Tokens that go through the network together; steps larger than this accumulate. Default 4096.</summary>
    public int BatchTokens { get; set; } = 4096;

    /// <summary>The most tokens of a document that see each other; longer documents are cut into pieces. Default 256.</summary>
    public int Length { get; set; } = 256;

    /// <summary>Whether layers are computed anew on the way back to save memory. Default false.</summary>
    public bool Recompute { get; set; }

    /// <summary>In what numbers matrices are multiplied. Default float32.</summary>
    public TrainingPrecision Precision { get; set; }

    /// <summary>One seed gives one run. Default 1.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>Decay of a running mean of the weights, which is measured and kept instead of the last ones; 0 (default) for none, 0.999 is usual.</summary>
    public double Average { get; set; }

    /// <summary>Ends the run when the validation texts get no better, and keeps the best weights; null (default) for not.</summary>
    public RecipeEarlyStopping? EarlyStopping { get; set; }

    /// <summary>Texts that the model writes on the way; null (default) for none.</summary>
    public RecipeSamples? Samples { get; set; }

    /// <summary>Steps between checkpoints. Default 100.</summary>
    public int CheckpointEvery { get; set; } = 100;

    /// <summary>Steps between measurements on the validation texts. Default 100.</summary>
    public int ValidateEvery { get; set; } = 100;

    /// <summary>The folder that the run writes: checkpoints while it goes on, then the model.</summary>
    public string Output { get; set; } = "";
}

/// <summary>What is trained.</summary>
public sealed record RecipeModel
{
    /// <summary>A model to start from, a folder or a GGUF file of any type; its tokenizer and template go along.</summary>
    public string? Start { get; set; }

    /// <summary>For a new model: its config.json, as Hugging Face folders have it. vocab_size is filled in.</summary>
    public JsonElement? Config { get; set; }

    /// <summary>For a new LLaMA, instead of <see cref="Config"/>: one number that sets its size (<see cref="SizeDial"/>), 1 to 128.</summary>
    public int? Depth { get; set; }

    /// <summary>For a new model: how its tokenizer is made.</summary>
    public RecipeTokenizer? Tokenizer { get; set; }

    /// <summary>For a new model: the file of its chat template, Jinja.</summary>
    public string? ChatTemplate { get; set; }
}

/// <summary>How the tokenizer of a new model is made: byte-level BPE on the training texts.</summary>
public sealed record RecipeTokenizer
{
    /// <summary>How it is learnt.</summary>
    public TokenizerKind Kind { get; set; }

    /// <summary>Tokens, special ones included. Default 4096.</summary>
    public int Vocabulary { get; set; } = 4096;

    /// <summary>Special tokens, which get the first ids.</summary>
    public IReadOnlyList<string> Special { get; set; } = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    /// <summary>The token that begins and ends a text.</summary>
    public string Bos { get; set; } = "<|endoftext|>";

    /// <summary>The token that ends an answer.</summary>
    public string Eos { get; set; } = "<|im_end|>";

    /// <summary>How text is cut into words before BPE joins bytes, by the names that GGUF files use: <c>gpt-2</c> (default), <c>smollm</c> (each digit alone, which makes sums easier to learn), <c>llama-bpe</c>, …</summary>
    public string PreTokenizer { get; set; } = "gpt-2";

    /// <summary>The most characters of text that it learns from. Default 20 million.</summary>
    public long Characters { get; set; } = 20_000_000;
}

/// <summary>Tokenizers that a recipe can have learnt.</summary>
public enum TokenizerKind
{
    /// <summary>Byte-level BPE, cut into words as GPT-2 does.</summary>
    Bpe,

    /// <summary>A unigram vocabulary with byte tokens, spaces marked as in SentencePiece.</summary>
    Unigram,
}

/// <summary>Texts for training and for validation.</summary>
public sealed record RecipeData
{
    /// <summary>
    /// Files of the training set: .jsonl, .json, .csv, .tsv or .parquet with <c>text</c>, <c>messages</c>, <c>conversations</c>, <c>instruction</c> and <c>output</c>, or <c>prompt</c> and
    /// <c>completion</c>; other files have a document between blank lines, and a folder one in each .txt and .md file. For preferences:
    /// <c>prompt</c>, <c>chosen</c> and <c>rejected</c>; for KTO also <c>prompt</c>, <c>completion</c> and <c>label</c>.
    /// </summary>
    public IReadOnlyList<string> Train { get; set; } = [];

    /// <summary>
    /// How often the entries of each file of <see cref="Train"/> are drawn while the data is seen once: 2 for twice, 0.5 for another half each
    /// time. A number for each file, or none (default): each once.
    /// </summary>
    public IReadOnlyList<double> Weights { get; set; } = [];

    /// <summary>Share of the training entries that is kept for validation, chosen by their texts; 0 (default) to below 1.</summary>
    public double ValidShare { get; set; }

    /// <summary>Which training entries are dropped because an earlier one, or one of <see cref="Valid"/>, says the same. Default none.</summary>
    public Deduplication Deduplicate { get; set; }

    /// <summary>For near duplicates: the share of common runs of five words from which entries count as the same. Default 0.8.</summary>
    public double Nearness { get; set; } = 0.8;

    /// <summary>Which training entries are used. Default all.</summary>
    public RecipeFilter Filter { get; set; } = new();

    /// <summary>Files of the validation set.</summary>
    public IReadOnlyList<string> Valid { get; set; } = [];

    /// <summary>Files of other texts, to see before and after what the training did to them: a model that adapts to one field should not forget the rest.</summary>
    public IReadOnlyList<string> General { get; set; } = [];

    /// <summary>Whether only what the assistant says counts, in documents of messages. Default true.</summary>
    public bool AnswersOnly { get; set; } = true;
}

/// <summary>The loss of a token.</summary>
public sealed record RecipeLoss
{
    /// <summary>Share of the target's probability that is spread over the vocabulary. Default 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>Factor on the squared logarithm of the softmax's sum, which keeps logits near 0. Default 0.</summary>
    public double ZLoss { get; set; }

    /// <summary>Whether each token's loss is multiplied by its probability (dynamic fine-tuning). Default false.</summary>
    public bool Dynamic { get; set; }

    /// <summary>Factor on the loss that makes routers share tokens evenly among experts, for mixtures of experts. Default 0.</summary>
    public double Router { get; set; }

    /// <summary>Size of the noise on embeddings, NEFTune's α. Default 0.</summary>
    public double Noise { get; set; }
}

/// <summary>A teacher, and how far from it is measured.</summary>
public sealed record RecipeDistillation
{
    /// <summary>The teacher: a model of the same vocabulary, folder or GGUF file.</summary>
    public string Teacher { get; set; } = "";

    /// <summary>0: the teacher's divergence from the student; 1: the student's from the teacher; between: Jensen–Shannon. Default 0.</summary>
    public double Beta { get; set; }

    /// <summary>Logits of both are divided by it. Default 1.</summary>
    public double Temperature { get; set; } = 1;
}

/// <summary>How the weights change.</summary>
public sealed record RecipeOptimizer
{
    /// <summary>The algorithm. Default AdamW. Muon's steps are scaled so that AdamW's rates suit it.</summary>
    public OptimizerKind Kind { get; set; }

    /// <summary>Momentum of SGD (default 0: none) and of Muon (default 0.95).</summary>
    public double Momentum { get; set; }

    /// <summary>Whether AdamW divides by the largest mean square so far (AMSGrad). Default false.</summary>
    public bool Amsgrad { get; set; }

    /// <summary>Whether decay is added to the gradient, as Adam first had it, instead of taken off the weight; for AdamW and AdamW8Bit. Default false.</summary>
    public bool CoupledDecay { get; set; }

    /// <summary>The highest learning rate. Default 1e-3.</summary>
    public double Rate { get; set; } = 1e-3;

    /// <summary>How the rate goes down. Default cosine.</summary>
    public RateSchedule Schedule { get; set; } = RateSchedule.Cosine;

    /// <summary>Steps in which the rate grows. Default 50.</summary>
    public int WarmUp { get; set; } = 50;

    /// <summary>For the polynomial schedule: its power. Default 1.</summary>
    public double Power { get; set; } = 1;

    /// <summary>For the schedule with restarts: how often it comes down. Default 1.</summary>
    public int Cycles { get; set; } = 1;

    /// <summary>Steps of the decay at the end, for the schedules that have one. Default 0.</summary>
    public int Decay { get; set; }

    /// <summary>The rate at the end as a share of the highest. Default 0.1.</summary>
    public double Least { get; set; } = 0.1;

    /// <summary>Decay of matrices. Default 0.1.</summary>
    public double WeightDecay { get; set; } = 0.1;

    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the mean of squared gradients. Default 0.95.</summary>
    public double Beta2 { get; set; } = 0.95;

    /// <summary>Gradients longer than this are shortened to it. Default 1.</summary>
    public double Clip { get; set; } = 1;
}

/// <summary>Reads and writes recipes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(TrainingRecipe))]
internal sealed partial class RecipeContext : JsonSerializerContext;

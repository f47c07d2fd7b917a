using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Formats;

namespace Candor.Training;

/// <summary>
/// A run of a recipe: it goes on from its last checkpoint where there is one, to the same numbers as if it had never stopped. The
/// output folder holds <c>checkpoint</c>, <c>metrics.jsonl</c> and, at the end, the model. Not thread-safe.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private const string MetricsFile = "metrics.jsonl";
    private readonly ModelStart start;
    private readonly Optimizer optimizer;
    private readonly TrainingTask task;
    private readonly LearningRate rate;
    private readonly string hash;
    private long tokens;

    private TrainingRun(TrainingRecipe recipe, string output, string hash, ModelStart start, TrainingTask task)
    {
        (Recipe, Output, this.hash, this.start, this.task) = (recipe, output, hash, start, task);
        RecipeOptimizer o = recipe.Optimizer;
        optimizer = Optimizer.Of(o.Kind, start.Model, new OptimizerOptions
        {
            Beta1 = o.Beta1, Beta2 = o.Beta2, WeightDecay = o.WeightDecay, Momentum = o.Momentum, Amsgrad = o.Amsgrad, CoupledDecay = o.CoupledDecay, MatchRms = true, Decays = OptimizerOptions.MatricesOnly, RateFactor = RateOfB(recipe),
        });
        rate = new LearningRate { Schedule = o.Schedule, Steps = recipe.Steps, WarmUp = o.WarmUp, Decay = o.Decay, Least = o.Least };
    }

    /// <summary>The recipe.</summary>
    public TrainingRecipe Recipe { get; }

    /// <summary>The folder that the run writes.</summary>
    public string Output { get; }

    /// <summary>The model.</summary>
    public TrainingModel Model => start.Model;

    /// <summary>Pieces of data to train on: documents, pairs or answers.</summary>
    public int Documents => task.Count;

    /// <summary>Steps taken.</summary>
    public int Step => optimizer.Steps;

    /// <summary>What was measured before the first step; null until <see cref="Run"/>.</summary>
    public Measures? Before { get; private set; }

    /// <summary>What was measured after the last step; null until then.</summary>
    public Measures? After { get; private set; }

    /// <summary>Prepares a run, or takes it up.</summary>
    /// <param name="path">The recipe's file.</param>
    /// <param name="change">Changes to the recipe, such as options of a command line; null for none.</param>
    /// <param name="fields">Fields to set before it is read, as <c>optimizer.rate=1e-4</c>; null for none.</param>
    /// <param name="say">Told what is going on; null for no one.</param>
    /// <exception cref="TrainingException">The recipe, its data or its checkpoint cannot be used.</exception>
    public static TrainingRun Open(string path, Func<TrainingRecipe, TrainingRecipe>? change = null, Action<string>? say = null, IEnumerable<string>? fields = null)
    {
        TrainingRecipe recipe = RecipeFile.Read(path, fields);
        if (change is not null) recipe = change(recipe);
        string root = Path.GetDirectoryName(Path.GetFullPath(path))!, output = Path.GetFullPath(recipe.Output, root);
        ModelStart start = ModelStart.Of(recipe, root, output, say);
        try
        {
            say?.Invoke("reading the data");
            var run = new TrainingRun(recipe, output, Hash(recipe, root), start, TaskFactory.Of(recipe, root, path, start));
            if (Checkpoint.Read(Path.Combine(output, "checkpoint"), start.Model, run.optimizer, run.hash) is { } state)
            {
                run.task.Seek(state.Epoch, state.Position);
                run.tokens = state.Tokens;
            }

            run.Forget(run.Step);
            return run;
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>Takes the steps that are left, writes checkpoints and metrics on the way and the model at the end.</summary>
    /// <param name="report">Told of each step; null for no one.</param>
    /// <param name="cancellationToken">Stops after a step, with a checkpoint; the model is not written then.</param>
    public void Run(Action<StepReport>? report = null, CancellationToken cancellationToken = default)
    {
        double? valid = null;
        Before = (Step == 0 ? null : Measures.Read(Output)) ?? new Measures(task.Validate(), task.General());
        if (Step == 0) Before.Write(Output);
        while (Step < Recipe.Steps)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save();
                cancellationToken.ThrowIfCancellationRequested();
            }

            StepReport done = Take();
            if (Step % Recipe.ValidateEvery == 0 || Step == Recipe.Steps) done = done with { BitsPerByte = valid = Validate() };
            Log(done);
            if (Step % Recipe.CheckpointEvery == 0 || Step == Recipe.Steps) Save();
            report?.Invoke(done);
        }

        // The last step was measured, unless the run had none left.
        After = new Measures(valid ?? task.Validate(), task.General());

        // Adapters are merged into floats, which need as much memory as batches did.
        start.Model.Rest();
        ModelOutput.Write(Output, start, Recipe, hash, Step, tokens);
    }

    /// <summary>Bits per byte of the validation texts, or null where there are none.</summary>
    public double? Validate() => task.Validate();

    /// <inheritdoc/>
    public void Dispose()
    {
        optimizer.Dispose();
        task.Dispose();
        start.Dispose();
    }

    private static Func<Parameter, double>? RateOfB(TrainingRecipe recipe) =>
        recipe.Lora is { RateOfB: not 1 } lora ? p => p.Role.EndsWith(".lora_B", StringComparison.Ordinal) ? lora.RateOfB : 1 : null;

    private static string Hash(TrainingRecipe recipe, string root)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // How often a run is measured and saved, and where to, changes no weight.
        sha.AppendData(RecipeFile.Write(recipe with { Output = "", CheckpointEvery = 1, ValidateEvery = 1 }));
        foreach (string file in recipe.Data.Train.SelectMany(f => DataFile.Files(Path.GetFullPath(f, root)))) sha.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private StepReport Take()
    {
        long began = Stopwatch.GetTimestamp();
        start.Model.ClearGradients();
        StepOutcome outcome = task.Step(Step);
        double loss = outcome.Loss;
        double norm = optimizer.GradientNorm(), factor = Recipe.Optimizer.Rate * rate.At(optimizer.Steps);
        if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw new TrainingException($"step {Step + 1}: the loss is {loss}, the gradient's length {norm}; a smaller optimizer.rate or a longer warm-up may help. The last checkpoint is whole");
        optimizer.Step(factor, Math.Min(1, Recipe.Optimizer.Clip / (norm + 1e-6)));
        tokens += outcome.Tokens;
        return new StepReport(Step, loss, norm, factor, outcome.Tokens, Stopwatch.GetElapsedTime(began).TotalSeconds, Correct: outcome.Correct);
    }

    private void Save() => Checkpoint.Write(Path.Combine(Output, "checkpoint"), start.Model, optimizer, new RunState(Step, task.Epoch, task.Position, tokens, hash));

    /// <summary>Takes steps out of the log that will be taken again.</summary>
    private void Forget(int step)
    {
        string path = Path.Combine(Output, MetricsFile);
        if (!File.Exists(path)) return;
        string[] kept = [.. File.ReadLines(path).Take(step)];
        AtomicFile.Write(path, s => s.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(l => l + "\n")))));
    }

    private void Log(StepReport r)
    {
        var line = new JsonObject
        {
            ["step"] = r.Step, ["loss"] = r.Loss, ["gradient_norm"] = r.GradientNorm, ["rate"] = r.Rate, ["tokens"] = tokens, ["tokens_per_second"] = Math.Round(r.Tokens / r.Seconds, 1),
        };
        if (r.Correct is { } correct) line["correct"] = correct;
        if (r.BitsPerByte is { } bits) line["valid_bits_per_byte"] = bits;
        Directory.CreateDirectory(Output);
        File.AppendAllText(Path.Combine(Output, MetricsFile), line.ToJsonString() + "\n");
    }
}

using System.Diagnostics;

namespace Candor.Training;

/// <summary>
/// A run of a recipe: it goes on from its last checkpoint where there is one, to the same numbers as if it had never stopped. The
/// output folder holds <c>checkpoint</c>, the log (<c>metrics.jsonl</c>, <c>metrics.db</c>, <c>tensorboard</c>) and, at the end, the model. Not thread-safe.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly ModelStart start;
    private readonly Optimizer optimizer;
    private readonly TrainingTask task;
    private readonly LearningRate rate;
    private readonly WeightAverage? average;
    private readonly EarlyStopping? stopping;
    private readonly RunInputs inputs;
    private readonly string root;
    private long tokens;
    private RunCost? estimate;

    private TrainingRun(TrainingRecipe recipe, string root, RunInputs inputs, ModelStart start, TrainingTask task)
    {
        (Recipe, this.root, Output, this.inputs, this.start, this.task) = (recipe, root, Path.GetFullPath(recipe.Output, root), inputs, start, task);
        RecipeOptimizer o = recipe.Optimizer;
        optimizer = Optimizer.Of(o.Kind, start.Model, new OptimizerOptions
        {
            Beta1 = o.Beta1, Beta2 = o.Beta2, WeightDecay = o.WeightDecay, Momentum = o.Momentum, Amsgrad = o.Amsgrad, CoupledDecay = o.CoupledDecay, MatchRms = true, Decays = OptimizerOptions.MatricesOnly, RateFactor = RateOfB(recipe),
        });
        rate = new LearningRate { Schedule = o.Schedule, Steps = recipe.Steps, WarmUp = o.WarmUp, Decay = o.Decay, Least = o.Least, Power = o.Power, Cycles = o.Cycles };
        Watts = 10 * start.Model.Threads;
        average = recipe.Average > 0 ? new WeightAverage(start.Model, recipe.Average) : null;
        stopping = recipe.EarlyStopping is { } early ? new EarlyStopping(early, Output) : null;
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

    /// <summary>Whether the run ended, or will end, before its steps were done, because the validation texts got no better.</summary>
    public bool EndsEarly => stopping?.IsOver == true;

    /// <summary>What was measured before the first step; null until <see cref="Run"/>.</summary>
    public Measures? Before { get; private set; }

    /// <summary>What was measured after the last step; null until then.</summary>
    public Measures? After { get; private set; }

    /// <summary>What the steps took; null until <see cref="Run"/> is through.</summary>
    public RunCost? Took { get; private set; }

    /// <summary>Watts that the processor is assumed to take where it does not count its energy itself. Default 10 for each thread of the model.</summary>
    public double Watts { get; set; }

    /// <summary>Told of the texts that the recipe's samples ask for; null for no one.</summary>
    public Action<RunSample>? OnSample { get; set; }

    /// <summary>Prepares a run, or takes it up.</summary>
    /// <param name="path">The recipe's file.</param>
    /// <param name="change">Changes to the recipe, such as options of a command line; null for none.</param>
    /// <param name="say">Told what is going on; null for no one.</param>
    /// <param name="fields">Fields to set before it is read, as <c>optimizer.rate=1e-4</c>; null for none.</param>
    /// <param name="reward">For GRPO: the reward of an answer, instead of the recipe's; null for those.</param>
    /// <exception cref="TrainingException">The recipe, its data or its checkpoint cannot be used.</exception>
    public static TrainingRun Open(string path, Func<TrainingRecipe, TrainingRecipe>? change = null, Action<string>? say = null, IEnumerable<string>? fields = null, Func<DrawnAnswer, double>? reward = null)
    {
        TrainingRecipe recipe = RecipeFile.Read(path, fields);
        if (change is not null) recipe = change(recipe);
        string root = Path.GetDirectoryName(Path.GetFullPath(path))!, output = Path.GetFullPath(recipe.Output, root);
        ModelStart start = ModelStart.Of(recipe, root, output, say);
        try
        {
            say?.Invoke("reading the data");
            var run = new TrainingRun(recipe, root, RunInputs.Of(recipe, root), start, TaskFactory.Of(recipe, root, path, start, reward));
            if (Checkpoint.Read(Path.Combine(output, "checkpoint"), start.Model, run.optimizer, run.average, run.inputs.Hash) is { } state)
            {
                run.task.Seek(state.Epoch, state.Position);
                run.stopping?.Restore(state.Best, state.Waited);
                run.tokens = state.Tokens;
            }

            return run;
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>Measures a batch and reckons what the steps that are left will take. Changes nothing else.</summary>
    public RunCost Estimate() => estimate = RunEstimate.Of(task, start.Model, Recipe, Recipe.Steps - Step, Watts);

    /// <summary>Takes the steps that are left, writes checkpoints and metrics on the way and the model at the end.</summary>
    /// <param name="report">Told of each step; null for no one.</param>
    /// <param name="cancellationToken">Stops after a step, with a checkpoint; the model is not written then.</param>
    public void Run(Action<StepReport>? report = null, CancellationToken cancellationToken = default)
    {
        double? last;
        using (MetricsLog log = MetricsLog.Open(Output, Step))
        {
            Before = (Step == 0 ? null : Measures.Read(Output)) ?? new Measures(task.Validate(), task.General());
            if (Step == 0) Before.Write(Output);
            (long began, double? joules) = (Stopwatch.GetTimestamp(), EnergyCounter.Joules());
            last = Steps(log, report, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            using var process = Process.GetCurrentProcess();
            double? counted = EnergyCounter.Joules() - joules;
            Took = new RunCost(seconds, process.PeakWorkingSet64, counted ?? (seconds * Watts), counted is not null);
        }

        if (stopping is not null) stopping.TakeBest(start.Model);
        else Exchange(keep: true);

        // What is kept was measured on the way, unless the run had no step left.
        After = new Measures(stopping?.Best ?? last ?? task.Validate(), task.General());

        // Adapters are merged into floats, which need as much memory as batches did.
        start.Model.Rest();
        ModelOutput.Write(Output, start, Recipe, new RunOrigin(inputs, RunInputs.Base(Recipe, root), Step, tokens, estimate, Took));
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

    /// <summary>Takes the steps that are left; returns what was measured last, or null where nothing was.</summary>
    private double? Steps(MetricsLog log, Action<StepReport>? report, CancellationToken cancellationToken)
    {
        double? valid = null;
        while (Step < Recipe.Steps && !EndsEarly)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save();
                cancellationToken.ThrowIfCancellationRequested();
            }

            StepReport done = Take();
            bool last = Step == Recipe.Steps;
            if (Step % Recipe.ValidateEvery == 0 || last) done = done with { BitsPerByte = valid = Measure() };
            log.Add(StepMetrics.Of(done, tokens));
            if (Step % Recipe.CheckpointEvery == 0 || last || EndsEarly) Save();
            report?.Invoke(done);
            if (Recipe.Samples is { } samples && (Step % samples.Every == 0 || last)) Sample(samples);
        }

        return valid;
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
        average?.Update(Step);
        tokens += outcome.Tokens;
        return new StepReport(Step, loss, norm, factor, outcome.Tokens, Stopwatch.GetElapsedTime(began).TotalSeconds, Correct: outcome.Correct, Reward: outcome.Reward);
    }

    /// <summary>Bits per byte of the validation texts by the weights that the run would keep now.</summary>
    private double? Measure()
    {
        Exchange(keep: true);
        double? bits = task.Validate();
        if (bits is { } measured) stopping?.Take(measured, start.Model);
        Exchange(keep: false);
        return bits;
    }

    /// <summary>Puts the weights that the run would keep in the place of those in training, or back.</summary>
    private void Exchange(bool keep)
    {
        if (average is not null) average.Swap();
        else optimizer.Exchange(keep);
    }

    private void Sample(RecipeSamples samples)
    {
        Exchange(keep: true);
        IReadOnlyList<RunSample> drawn = SampleWriter.Draw(start.Model, start.Text, samples, Recipe.Seed, Step);
        Exchange(keep: false);
        SampleWriter.Append(Output, drawn);
        foreach (RunSample sample in drawn) OnSample?.Invoke(sample);
    }

    private void Save() =>
        Checkpoint.Write(Path.Combine(Output, "checkpoint"), start.Model, optimizer, average, new RunState(Step, task.Epoch, task.Position, tokens, inputs.Hash, stopping?.Best, stopping?.Waited ?? 0));
}

namespace Candor.Training;

/// <summary>Preferring the better answer of pairs.</summary>
internal sealed class PairTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, AnswerPair[] pairs) : TrainingTask
{
    private readonly ShuffledOrder order = new(pairs.Length, recipe.Seed);

    public override int Count => pairs.Length;

    public override int Epoch => order.Epoch;

    public override int Position => order.Position;

    public override void Seek(int epoch, int position) => order.Seek(epoch, position);

    public override StepOutcome Step(int step)
    {
        PreferenceOptions options = recipe.Preference!;
        var batches = new List<AnswerPair[]>();
        for (int left = recipe.StepTokens; left >= recipe.Length; left -= recipe.BatchTokens)
            batches.Add([.. order.Gather(Math.Min(left, recipe.BatchTokens), Size).Select(i => pairs[i])]);
        int all = batches.Sum(b => b.Length);
        long likely = batches.SelectMany(b => b).Sum(p => (long)(options.Kind == PreferenceKind.Orpo ? p.Better.Ids.Length - 1 : p.Better.Tokens));
        double loss = 0;
        int correct = 0, tokens = 0;
        foreach (AnswerPair[] some in batches)
        {
            AnswerBatch batch = PreferenceTrainer.Batch([.. some.Select(p => (p.Better, p.Worse))], options);
            double[]? before = options.NeedsReference ? PreferenceTrainer.Reference(reference ?? model, batch) : null;
            PreferenceReport report = PreferenceTrainer.Pairs(model, batch, before, options, all, likely);
            (loss, correct, tokens) = (loss + report.Loss, correct + report.Correct, tokens + batch.Rows.Tokens.Count);
        }

        return new StepOutcome(loss, tokens, (double)correct / all);
        int Size(int i) => pairs[i].Better.Ids.Length + pairs[i].Worse.Ids.Length;
    }

    public override void Dispose() => reference?.Dispose();
}

namespace Candor.Training;

/// <summary>Learning from answers that are good or bad: KTO.</summary>
internal sealed class LabelledTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, LabelledAnswer[] answers) : TrainingTask
{
    private readonly ShuffledOrder order = new(answers.Length, recipe.Seed);

    public override int Count => answers.Length;

    public override int Epoch => order.Epoch;

    public override int Position => order.Position;

    public override void Seek(int epoch, int position) => order.Seek(epoch, position);

    public override StepOutcome Step(int step)
    {
        var batches = new List<LabelledAnswer[]>();
        for (int left = recipe.StepTokens; left >= recipe.Length; left -= recipe.BatchTokens)
            batches.Add([.. order.Gather(Math.Min(left, recipe.BatchTokens), i => answers[i].Answer.Ids.Length).Select(i => answers[i])]);
        int all = batches.Sum(b => b.Length), correct = 0, tokens = 0;
        double loss = 0;
        foreach (LabelledAnswer[] some in batches)
        {
            var batch = new AnswerBatch([.. some.Select(a => a.Answer)]);
            double[] before = PreferenceTrainer.Reference(reference ?? model, batch);
            PreferenceReport report = PreferenceTrainer.Answers(model, batch, [.. some.Select(a => a.Good)], before, Divergence(some), recipe.Kto!, all);
            (loss, correct, tokens) = (loss + report.Loss, correct + report.Correct, tokens + batch.Rows.Tokens.Count);
        }

        return new StepOutcome(loss, tokens, (double)correct / all);
    }

    public override void Dispose() => reference?.Dispose();

    /// <summary>On each prompt with the answer of the one before it.</summary>
    private double Divergence(LabelledAnswer[] some)
    {
        if (recipe.Kto!.Unpaired || some.Length < 2) return 0;
        var batch = new AnswerBatch([.. some.Select((a, i) =>
        {
            PromptedAnswer other = some[(i + some.Length - 1) % some.Length].Answer;
            return new PromptedAnswer([.. a.Answer.Ids[..a.Answer.Prompt], .. other.Ids[other.Prompt..]], a.Answer.Prompt);
        })]);
        double[] now = batch.Sums(model.LogProbabilities(batch.Rows)), before = PreferenceTrainer.Reference(reference ?? model, batch);
        return KtoLoss.Divergence([.. now.Zip(before, (a, b) => new AnswerScore(a, b, 1))]);
    }
}

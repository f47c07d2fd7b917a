namespace Candor.Training;

/// <summary>Learning from answers that are good or bad: KTO.</summary>
internal sealed class LabelledTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, DataMixture<LabelledAnswer> answers) : AnswerTask<LabelledAnswer>(recipe, model, reference, answers)
{
    protected override int Size(LabelledAnswer piece) => piece.Answer.Ids.Length;

    protected override (PreferenceReport Report, int Tokens) Take(LabelledAnswer[] batch, List<LabelledAnswer[]> all)
    {
        double divergence = Divergence(batch);
        var rows = new AnswerBatch([.. batch.Select(a => a.Answer)]);
        double[] before = Before(rows);
        return (PreferenceTrainer.Answers(Model, rows, [.. batch.Select(a => a.Good)], before, divergence, Recipe.Kto!, all.Sum(b => b.Length)), rows.Rows.Tokens.Count);
    }

    /// <summary>On each prompt with the answer of the one before it.</summary>
    private double Divergence(LabelledAnswer[] batch)
    {
        if (Recipe.Kto!.Unpaired || batch.Length < 2) return 0;
        var rows = new AnswerBatch([.. batch.Select((a, i) =>
        {
            PromptedAnswer other = batch[(i + batch.Length - 1) % batch.Length].Answer;
            return new PromptedAnswer([.. a.Answer.Ids[..a.Answer.Prompt], .. other.Ids[other.Prompt..]], a.Answer.Prompt);
        })]);
        double[] now = rows.Sums(Model.LogProbabilities(rows.Rows)), before = Before(rows);
        return KtoLoss.Divergence([.. now.Zip(before, (a, b) => new AnswerScore(a, b, 1))]);
    }
}

namespace Candor.Training;

/// <summary>Preferring the better answer of pairs.</summary>
internal sealed class PairTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, DataMixture<AnswerPair> pairs) : AnswerTask<AnswerPair>(recipe, model, reference, pairs)
{
    protected override int Size(AnswerPair piece) => piece.Better.Ids.Length + piece.Worse.Ids.Length;

    protected override (PreferenceReport Report, int Tokens) Take(AnswerPair[] batch, List<AnswerPair[]> all)
    {
        PreferenceOptions options = Recipe.Preference!;
        AnswerBatch rows = PreferenceTrainer.Batch([.. batch.Select(p => (p.Better, p.Worse))], options);
        double[]? before = options.NeedsReference ? Before(rows) : null;
        long likely = all.SelectMany(b => b).Sum(p => (long)(options.Kind == PreferenceKind.Orpo ? p.Better.Ids.Length - 1 : p.Better.Tokens));
        return (PreferenceTrainer.Pairs(Model, rows, before, options, all.Sum(b => b.Length), likely), rows.Rows.Tokens.Count);
    }
}

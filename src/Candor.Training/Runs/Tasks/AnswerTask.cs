namespace Candor.Training;

/// <summary>What tasks over answers share: an order that the seed fixes, batches that fill a step, and the model before training.</summary>
/// <typeparam name="T">A pair, or a labelled answer.</typeparam>
internal abstract class AnswerTask<T>(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, DataMixture<T> mixture) : TrainingTask
{
    private readonly T[] data = mixture.Items;
    private readonly ShuffledOrder order = new(mixture.Parts, recipe.Seed);

    public override int Count => data.Length;

    public override int Epoch => order.Epoch;

    public override int Position => order.Position;

    protected TrainingRecipe Recipe => recipe;

    protected TrainingModel Model => model;

    public override void Seek(int epoch, int position) => order.Seek(epoch, position);

    public override StepOutcome Step(int step)
    {
        List<T[]> batches = [.. BatchSizes(recipe).Select(tokens => order.Gather(tokens, i => Size(data[i])).Select(i => data[i]).ToArray())];
        double loss = 0;
        int correct = 0, count = 0;
        foreach (T[] batch in batches)
        {
            (PreferenceReport report, int rows) = Take(batch, batches);
            (loss, correct, count) = (loss + report.Loss, correct + report.Correct, count + rows);
        }

        return new StepOutcome(loss, count, (double)correct / batches.Sum(b => b.Length));
    }

    public override void Dispose() => reference?.Dispose();

    /// <summary>Tokens that a piece of data takes.</summary>
    protected abstract int Size(T piece);

    /// <summary>Adds a batch's gradients; returns what it came to, and its tokens.</summary>
    protected abstract (PreferenceReport Report, int Tokens) Take(T[] batch, List<T[]> all);

    /// <summary>Sums of ln p before training.</summary>
    protected double[] Before(AnswerBatch batch) => PreferenceTrainer.Reference(reference ?? model, batch);
}

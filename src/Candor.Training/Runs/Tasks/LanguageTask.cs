namespace Candor.Training;

/// <summary>Foretelling the next token of documents, or what a teacher would foretell.</summary>
internal sealed class LanguageTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? teacher, DataMixture<Document> train, Document[] valid, Document[] general) : TrainingTask
{
    private readonly DocumentStream stream = new(train.Items, new ShuffledOrder(train.Parts, recipe.Seed));
    private readonly TokenLoss loss = new() { LabelSmoothing = recipe.Loss.LabelSmoothing, ZLoss = recipe.Loss.ZLoss, Dynamic = recipe.Loss.Dynamic };

    public override int Count => train.Items.Length;

    public override int Epoch => stream.Epoch;

    public override int Position => stream.Position;

    public override void Seek(int epoch, int position) => stream.Seek(epoch, position);

    public override StepOutcome Step(int step)
    {
        List<TrainingBatch> batches = [.. BatchSizes(recipe).Select(stream.Next)];
        int targets = Math.Max(1, batches.Sum(b => b.TargetCount));
        double sum = 0;
        model.RouterLossWeight = recipe.Loss.Router / batches.Count;
        for (int i = 0; i < batches.Count; i++)
        {
            if (recipe.Loss.Noise > 0) model.EmbeddingNoise = Noise(batches[i], new SeededRandom(recipe.Seed + (((ulong)step * 4096) + (ulong)i + 1) * 0x9E3779B97F4A7C15));
            LogitLoss objective = teacher is null ? loss : new DistillationLoss(teacher.Logits(batches[i]), recipe.Distillation!.Beta, recipe.Distillation.Temperature);
            sum += model.Run(batches[i], objective, 1f / targets);
        }

        model.EmbeddingNoise = null;
        return new StepOutcome(sum / targets, batches.Sum(b => b.Tokens.Count));
    }

    public override double Trial()
    {
        TrainingBatch batch = stream.Next(recipe.BatchTokens);
        LogitLoss objective = teacher is null ? loss : new DistillationLoss(teacher.Logits(batch), recipe.Distillation!.Beta, recipe.Distillation.Temperature);
        model.Run(batch, objective, 1f / Math.Max(1, batch.TargetCount));
        return (double)batch.Tokens.Count / recipe.StepTokens;
    }

    public override long ValidTokens { get; } = valid.Sum(d => (long)d.Ids.Length);

    public override double? Validate() => Measure(valid);

    public override double? General() => Measure(general);

    public override void Dispose() => teacher?.Dispose();

    private double? Measure(Document[] documents)
    {
        if (documents.Length == 0) return null;
        double sum = DocumentStream.Once(documents, recipe.BatchTokens).Sum(b => model.Run(b, 0));
        return sum / Math.Log(2) / Math.Max(1, documents.Sum(d => (long)d.Bytes));
    }

    /// <summary>Uniform within ±α/√(tokens · width) of each document (NEFTune; Jain et al., arXiv:2310.05914).</summary>
    private float[] Noise(TrainingBatch batch, SeededRandom random)
    {
        int width = model.Spec.HiddenSize;
        var noise = new float[batch.Tokens.Count * width];
        foreach (Segment s in batch.Segments)
        {
            double size = recipe.Loss.Noise / Math.Sqrt((double)s.Count * width);
            foreach (ref float x in noise.AsSpan(s.Begin * width, s.Count * width)) x = (float)(((2 * random.NextDouble()) - 1) * size);
        }

        return noise;
    }
}

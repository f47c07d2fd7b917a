namespace Candor.Training;

/// <summary>What a batch of answers did in a step.</summary>
/// <param name="Loss">Its part of the step's loss.</param>
/// <param name="Better">Mean of the better (or good) answers' ln p.</param>
/// <param name="Worse">Mean of the worse (or bad) answers' ln p.</param>
/// <param name="Correct">Pairs that the model now ranks as their labels do, by how far it has gone from the reference.</param>
public sealed record PreferenceReport(double Loss, double Better, double Worse, int Correct);

/// <summary>Gradients of the preference methods. The model's gradients are added to; an optimizer's step follows.</summary>
public static class PreferenceTrainer
{
    /// <summary>Sums of ln p under a reference model: the same model before training, or without its adapters.</summary>
    /// <param name="reference">The model.</param>
    /// <param name="batch">The answers.</param>
    public static double[] Reference(TrainingModel reference, AnswerBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Sums(ReferenceTokens(reference, batch));
    }

    /// <summary>ln p of each row's target under a reference model.</summary>
    internal static float[] ReferenceTokens(TrainingModel reference, AnswerBatch batch)
    {
        ArgumentNullException.ThrowIfNull(reference);
        bool enabled = reference.Adapters?.Enabled ?? false;
        if (enabled) reference.Adapters!.Enabled = false;
        float[] each = reference.LogProbabilities(batch.Rows);
        if (enabled) reference.Adapters!.Enabled = true;
        return each;
    }

    /// <summary>Lays pairs side by side: the better answers, then the worse ones.</summary>
    public static AnswerBatch Batch(IReadOnlyList<(PromptedAnswer Better, PromptedAnswer Worse)> pairs, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new AnswerBatch([.. pairs.Select(p => p.Better), .. pairs.Select(p => p.Worse)], options.Kind == PreferenceKind.Orpo ? pairs.Count : 0);
    }

    /// <summary>Pairs of answers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">What <see cref="Batch"/> made.</param>
    /// <param name="reference">Sums of ln p under the reference; null where the objective has none.</param>
    /// <param name="options">The objective.</param>
    /// <param name="allPairs">Pairs of the whole step.</param>
    /// <param name="allTokens">Targets of the likelihood term in the whole step; where there is none, anything above 0.</param>
    public static PreferenceReport Pairs(TrainingModel model, AnswerBatch batch, double[]? reference, PreferenceOptions options, int allPairs, long allTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(options);
        float[] each = model.LogProbabilities(batch.Rows);
        double[] sums = batch.Sums(each);
        int pairs = batch.Count / 2;
        var weights = new float[each.Length];
        double loss = 0;
        int correct = 0;
        for (int i = 0; i < pairs; i++)
        {
            AnswerScore better = Score(i), worse = Score(pairs + i);
            PairResult result = PairLoss.Of(options, better, worse);
            loss += result.Loss / allPairs;
            if (better.Ratio > worse.Ratio) correct++;
            Add(weights, batch.Of(i), -result.Better / allPairs);
            Add(weights, batch.Of(pairs + i), -result.Worse / allPairs);
        }

        loss += Likelihood(batch, each, weights, pairs, options, allTokens);
        model.Back(batch.Rows, new WeightedLoss(weights), 1);
        return new PreferenceReport(loss, sums.Take(pairs).Average(), sums.Skip(pairs).Average(), correct);
        AnswerScore Score(int i) => new(sums[i], reference?[i] ?? 0, batch.Of(i).Count);
    }

    /// <summary>Single answers that are good or bad.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The answers.</param>
    /// <param name="good">Which are good.</param>
    /// <param name="reference">Sums of ln p under the reference.</param>
    /// <param name="divergence">What <see cref="KtoLoss.Divergence"/> gave.</param>
    /// <param name="options">Settings.</param>
    /// <param name="allAnswers">Answers of the whole step.</param>
    public static PreferenceReport Answers(TrainingModel model, AnswerBatch batch, IReadOnlyList<bool> good, double[] reference, double divergence, KtoOptions options, int allAnswers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(good);
        ArgumentNullException.ThrowIfNull(reference);
        float[] each = model.LogProbabilities(batch.Rows);
        double[] sums = batch.Sums(each);
        var weights = new float[each.Length];
        double loss = 0;
        int correct = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            var answer = new AnswerScore(sums[i], reference[i], batch.Of(i).Count);
            (double own, double slope) = KtoLoss.Of(options, answer, good[i], divergence);
            loss += own / allAnswers;
            if (answer.Ratio > 0 == good[i]) correct++;
            Add(weights, batch.Of(i), -slope / allAnswers);
        }

        model.Back(batch.Rows, new WeightedLoss(weights), 1);
        return new PreferenceReport(loss, Mean(true), Mean(false), correct);
        double Mean(bool which) => sums.Where((_, i) => good[i] == which).DefaultIfEmpty(0).Average();
    }

    /// <summary>Answers that were sampled and rewarded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The answers.</param>
    /// <param name="sampled">For each answer ln p of its tokens when it was sampled (none: the model has not changed since), and its advantage; what it says of the policy is replaced.</param>
    /// <param name="options">Settings.</param>
    /// <param name="allAnswers">Answers of the whole step.</param>
    /// <param name="allTokens">Tokens of all answers of the whole step.</param>
    /// <returns>The batch's part of the loss.</returns>
    public static double Policy(TrainingModel model, AnswerBatch batch, IReadOnlyList<SampledAnswer> sampled, PolicyOptions options, int allAnswers, long allTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        float[] each = model.LogProbabilities(batch.Rows);
        (double loss, double[][] slopes) = PolicyLoss.Of(options, [.. sampled.Select(Now)], allAnswers, allTokens);
        var weights = new float[each.Length];
        for (int i = 0; i < slopes.Length; i++)
            for (int t = 0; t < slopes[i].Length; t++) weights[batch.Of(i).First + t] = -(float)slopes[i][t];
        model.Back(batch.Rows, new WeightedLoss(weights), 1);
        return loss;

        SampledAnswer Now(SampledAnswer s, int i)
        {
            double[] now = batch.Tokenwise(i, each);
            return s with { Policy = now, Old = s.Old.Length == 0 ? now : s.Old };
        }
    }

    private static void Add(float[] weights, (int First, int Count) rows, double weight)
    {
        foreach (ref float w in weights.AsSpan(rows.First, rows.Count)) w += (float)weight;
    }

    /// <summary>The likelihood of better answers (and of their prompts, with ORPO), per token.</summary>
    private static double Likelihood(AnswerBatch batch, float[] each, float[] weights, int pairs, PreferenceOptions options, long allTokens)
    {
        double weight = options.Kind switch
        {
            PreferenceKind.Orpo => 1,
            PreferenceKind.Cpo or PreferenceKind.Simpo => options.LikelihoodWeight,
            _ => 0,
        };
        if (weight == 0) return 0;
        double loss = 0;
        for (int i = 0; i < pairs; i++)
        {
            Segment segment = batch.Rows.Segments[i];
            for (int r = segment.Begin; r < segment.Begin + segment.Count; r++)
            {
                if (batch.Rows.Targets[r] < 0) continue;
                loss -= each[r] * weight / allTokens;
                weights[r] += (float)(weight / allTokens);
            }
        }

        return loss;
    }
}

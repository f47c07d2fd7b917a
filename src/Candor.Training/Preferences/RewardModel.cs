using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>
/// A model that says how good an answer is: a score, one number, from the last token's hidden values (Ouyang et al., arXiv:2203.02155). Its
/// score matrix has no bias, as Hugging Face's sequence classification with one label. Owns the score, not the model. Not thread-safe.
/// </summary>
public sealed unsafe class RewardModel : IDisposable
{
    private readonly TrainingModel model;

    /// <summary>Puts a score in the place of a model's output matrix, which takes no part.</summary>
    /// <param name="model">The model.</param>
    /// <param name="start">The score matrix, [1, width]; null for zeros.</param>
    public RewardModel(TrainingModel model, ReadOnlySpan<float> start = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        Score = new Parameter("score", -1, -1, 1, model.Spec.HiddenSize, false, true);
        if (!start.IsEmpty) start.CopyTo(Score.Values);
    }

    /// <summary>The score matrix, [1, width].</summary>
    public Parameter Score { get; }

    /// <summary>All that trains; the output matrix stands among it and gets no gradient.</summary>
    public IEnumerable<Parameter> Trained => model.Trained.Append(Score);

    /// <summary>An optimizer for it.</summary>
    public Optimizer Optimizer(OptimizerKind kind, OptimizerOptions options) => Training.Optimizer.Of(kind, Trained, model.Parameters, model.Pass, options);

    /// <summary>The score of each answer.</summary>
    public double[] Scores(AnswerBatch answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        Slot hidden = model.RunToFinal(answers.Rows);
        return [.. answers.Rows.Segments.Select(s => (double)TensorPrimitives.Dot<float>(hidden.Values(s.Begin + s.Count - 1), Score.Values))];
    }

    /// <summary>
    /// Pairs (Bradley and Terry, 1952): mean of −ln σ(better − worse − margin), and a factor on the mean of (better + worse)², which keeps scores
    /// around 0. Adds to the gradients.
    /// </summary>
    /// <param name="pairs">The better answers, then the worse ones, as many.</param>
    /// <param name="allPairs">Pairs of the whole step.</param>
    /// <param name="margin">By how much the better ones are to be better. Default 0.</param>
    /// <param name="centre">The factor. Default 0.</param>
    /// <returns>The batch's part of the loss, and the mean of better − worse.</returns>
    public (double Loss, double Margin) Pairs(AnswerBatch pairs, int allPairs, double margin = 0, double centre = 0)
    {
        double[] scores = Scores(pairs);
        int count = scores.Length / 2;
        double[] slopes = new double[scores.Length];
        double loss = 0, difference = 0;
        for (int i = 0; i < count; i++)
        {
            RewardResult one = RewardLoss.Of(scores[i], scores[count + i], margin, centre);
            loss += one.Loss / allPairs;
            difference += (scores[i] - scores[count + i]) / count;
            (slopes[i], slopes[count + i]) = (one.Better / allPairs, one.Worse / allPairs);
        }

        model.BackFromFinal(hidden =>
        {
            for (int i = 0; i < slopes.Length; i++)
            {
                Segment s = pairs.Rows.Segments[i];
                int last = s.Begin + s.Count - 1;
                TensorPrimitives.MultiplyAdd(Score.Values, (float)slopes[i], hidden.Gradients(last), hidden.Gradients(last));
                TensorPrimitives.MultiplyAdd(hidden.Values(last), (float)slopes[i], Score.Gradients, Score.Gradients);
            }
        });
        return (loss, difference);
    }

    /// <inheritdoc/>
    public void Dispose() => Score.Dispose();
}

/// <summary>The loss of a pair, and its derivatives by both scores.</summary>
internal readonly record struct RewardResult(double Loss, double Better, double Worse);

/// <summary>−ln σ(better − worse − margin) + centre · (better + worse)².</summary>
internal static class RewardLoss
{
    public static RewardResult Of(double better, double worse, double margin, double centre)
    {
        double gap = better - worse - margin, slope = -Sigmoids.Sigmoid(-gap), pull = 2 * centre * (better + worse);
        return new RewardResult(-Sigmoids.LogSigmoid(gap) + (centre * (better + worse) * (better + worse)), slope + pull, -slope + pull);
    }
}

using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>
/// Texts as vectors, in training: the mean of a text's last hidden values, scaled to length 1 (Reimers and Gurevych, arXiv:1908.10084). For
/// encoders without an output matrix (BERT) and for any other model. Not thread-safe.
/// </summary>
/// <param name="model">The model; its owner disposes it.</param>
public sealed class EmbeddingModel(TrainingModel model)
{
    private float[][] means = [], units = [];
    private IReadOnlyList<Segment> texts = [];

    /// <summary>A batch of texts through the network.</summary>
    /// <param name="batch">The texts are its segments; targets take no part.</param>
    /// <returns>A vector of length 1 for each text, [texts][width].</returns>
    /// <exception cref="ModelInputException">A token or a type is outside the model's, or the batch is empty.</exception>
    public IReadOnlyList<float[]> Embed(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Slot hidden = model.RunToFinal(batch);
        texts = batch.Segments;
        means = [.. texts.Select(s => Mean(hidden, s))];
        units = [.. means.Select(Unit)];
        return units;
    }

    /// <summary>The way back of the batch that went through last; adds to the gradients.</summary>
    /// <param name="slopes">Derivatives of the loss by the vectors, [texts][width].</param>
    /// <exception cref="ArgumentException">There is not one for each text.</exception>
    public void Back(IReadOnlyList<float[]> slopes)
    {
        ArgumentNullException.ThrowIfNull(slopes);
        if (slopes.Count != texts.Count) throw new ArgumentException($"{slopes.Count} derivatives for {texts.Count} texts", nameof(slopes));
        model.BackFromFinal(hidden =>
        {
            for (int i = 0; i < slopes.Count; i++)
            {
                // u = m / |m|, so dm = (g − u · (u·g)) / |m|; m is a mean of rows.
                float[] slope = [.. slopes[i]];
                float along = TensorPrimitives.Dot<float>(units[i], slope), length = TensorPrimitives.Norm<float>(means[i]);
                TensorPrimitives.MultiplyAdd(units[i], -along, slope, slope);
                float factor = length > 0 ? 1 / (length * texts[i].Count) : 0;
                for (int r = texts[i].Begin; r < texts[i].Begin + texts[i].Count; r++)
                    TensorPrimitives.MultiplyAdd(slope, factor, hidden.Gradients(r), hidden.Gradients(r));
            }
        });
    }

    /// <summary>
    /// Pairs that belong together against all others of the batch (Henderson et al., arXiv:1705.00652): the mean of −ln softmax over the second
    /// texts of scale · cosine. Adds to the gradients.
    /// </summary>
    /// <param name="batch">The first texts of all pairs, then the second ones in the same order.</param>
    /// <param name="scale">Factor on cosines. Default 20.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The texts are not two for each pair.</exception>
    public double Pairs(TrainingBatch batch, float scale = 20)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Segments.Count == 0 || batch.Segments.Count % 2 != 0) throw new ArgumentException("pairs have two texts each", nameof(batch));
        IReadOnlyList<float[]> all = Embed(batch);
        int pairs = all.Count / 2;
        float[][] slopes = [.. all.Select(v => new float[v.Length])];
        float[] likely = new float[pairs];
        double loss = 0;
        for (int i = 0; i < pairs; i++)
        {
            for (int j = 0; j < pairs; j++) likely[j] = scale * TensorPrimitives.Dot<float>(all[i], all[pairs + j]);
            TensorPrimitives.SoftMax<float>(likely, likely);
            loss -= Math.Log(Math.Max(likely[i], float.Epsilon)) / pairs;
            for (int j = 0; j < pairs; j++)
            {
                float slope = (likely[j] - (i == j ? 1 : 0)) * scale / pairs;
                TensorPrimitives.MultiplyAdd(all[pairs + j], slope, slopes[i], slopes[i]);
                TensorPrimitives.MultiplyAdd(all[i], slope, slopes[pairs + j], slopes[pairs + j]);
            }
        }

        Back(slopes);
        return loss;
    }

    private static float[] Mean(Slot hidden, Segment text)
    {
        float[] mean = new float[hidden.Width];
        for (int r = text.Begin; r < text.Begin + text.Count; r++) TensorPrimitives.Add(mean, hidden.Values(r), mean);
        TensorPrimitives.Divide(mean, text.Count, mean);
        return mean;
    }

    private static float[] Unit(float[] vector)
    {
        float[] unit = new float[vector.Length];
        float length = TensorPrimitives.Norm<float>(vector);
        if (length > 0) TensorPrimitives.Divide(vector, length, unit);
        return unit;
    }
}

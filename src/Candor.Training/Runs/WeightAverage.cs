using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>
/// A running mean of the weights, which is often better than the last of them (Polyak and Juditsky, 1992; as in TensorFlow, the first
/// steps count more: the decay is never above (1 + steps) / (10 + steps)). Not thread-safe.
/// </summary>
internal sealed class WeightAverage
{
    private readonly double decay;
    private readonly Dictionary<Parameter, float[]> means;

    public WeightAverage(TrainingModel model, double decay)
    {
        this.decay = decay;
        means = model.Trained.ToDictionary(p => p, p => p.Values.ToArray());
    }

    /// <summary>The means by weight, to save and to restore.</summary>
    public IReadOnlyDictionary<Parameter, float[]> Means => means;

    /// <summary>Takes the weights in as they are after a step.</summary>
    /// <param name="steps">Steps taken.</param>
    public void Update(int steps)
    {
        float d = (float)Math.Min(decay, (1.0 + steps) / (10.0 + steps));
        foreach ((Parameter weight, float[] mean) in means)
        {
            TensorPrimitives.Multiply(mean, d, mean);
            TensorPrimitives.MultiplyAdd(weight.Values, 1 - d, mean, mean);
        }
    }

    /// <summary>Puts the means in the place of the weights, and the weights in theirs.</summary>
    public void Swap()
    {
        foreach ((Parameter weight, float[] mean) in means)
        {
            Span<float> values = weight.Values;
            for (int i = 0; i < mean.Length; i++) (values[i], mean[i]) = (mean[i], values[i]);
        }
    }
}

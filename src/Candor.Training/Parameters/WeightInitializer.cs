namespace Candor.Training;

/// <summary>
/// First values of a new model: matrices are normal with a small deviation, and those that add to the residual stream are
/// smaller by the root of how many there are (Radford et al., Language Models are Unsupervised Multitask Learners, 2019).
/// </summary>
/// <param name="seed">One seed gives one model.</param>
/// <param name="layers">Layers of the model.</param>
/// <param name="deviation">Standard deviation. Default 0.02.</param>
public sealed class WeightInitializer(ulong seed, int layers, float deviation = 0.02f)
{
    private static readonly string[] Residual = ["attention_output", "down", "expert_down", "shared_down", "ssm_out"];

    internal static void Vector(Parameter p) => p.Values.Fill(p.Role.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);

    internal void Matrix(Parameter p)
    {
        float scale = Residual.Contains(p.Role) ? deviation / MathF.Sqrt(2 * layers) : deviation;
        var random = new SeededRandom(seed ^ SeededRandom.Hash(p.Name));
        Span<float> values = p.Values;
        for (int i = 0; i < values.Length; i++) values[i] = (float)random.NextNormal() * scale;
    }
}

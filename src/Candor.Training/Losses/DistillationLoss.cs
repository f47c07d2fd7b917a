using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>
/// How far a student's distribution is from a teacher's: KL(teacher‖student) with β = 0, KL(student‖teacher) with β = 1, between them
/// the generalised Jensen–Shannon divergence β KL(t‖m) + (1 − β) KL(s‖m) with m = β t + (1 − β) s (Agarwal et al., arXiv:2306.13649).
/// </summary>
/// <param name="teacher">The teacher's logits after each row of the batch, [rows, vocabulary].</param>
/// <param name="beta">0 to 1.</param>
/// <param name="temperature">Both sides' logits are divided by it. Default 1.</param>
public sealed class DistillationLoss(float[] teacher, double beta, double temperature = 1) : LogitLoss
{
    /// <inheritdoc/>
    public override double Row(Span<float> logits, int row, int target, float factor)
    {
        int count = logits.Length;
        Span<float> student = logits;
        float[] t = teacher.AsSpan(row * count, count).ToArray(), lt = new float[count], ls = new float[count];
        if (temperature != 1)
        {
            TensorPrimitives.Multiply(t, (float)(1 / temperature), t);
            TensorPrimitives.Multiply(student, (float)(1 / temperature), student);
        }

        t.CopyTo(lt, 0);
        student.CopyTo(ls);
        TensorPrimitives.Subtract(lt, (float)Softmax(t), lt);
        TensorPrimitives.Subtract(ls, (float)Softmax(student), ls);
        double loss = 0;
        var slope = new double[count];
        for (int i = 0; i < count; i++)
        {
            // slope: the derivative of the divergence by ln s, before it goes through the softmax.
            if (beta == 0)
            {
                loss += t[i] * ((double)lt[i] - ls[i]);
                slope[i] = -t[i];
            }
            else if (beta == 1)
            {
                loss += student[i] * ((double)ls[i] - lt[i]);
                slope[i] = student[i] * ((double)ls[i] - lt[i]);
            }
            else
            {
                double lm = Math.Log((beta * t[i]) + ((1 - beta) * student[i]) + double.Epsilon);
                loss += (beta * t[i] * (lt[i] - lm)) + ((1 - beta) * student[i] * (ls[i] - lm));
                slope[i] = (1 - beta) * student[i] * (ls[i] - lm);
            }
        }

        double sum = slope.Sum(), scale = factor / temperature;
        for (int i = 0; i < count; i++) logits[i] = (float)(scale * (slope[i] - (student[i] * sum)));
        return loss;
    }
}

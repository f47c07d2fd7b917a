using Candor.Models;

namespace Candor.Training;

/// <summary>Chooses experts for a row by its router logits, as the model does when it runs, and takes gradients of the chosen weights back to the logits.</summary>
internal sealed class Router(ExpertsSpec spec, float[]? correction)
{
    /// <summary>Probabilities of all experts, the chosen ones, and their weights.</summary>
    public void Choose(ReadOnlySpan<float> logits, Span<double> probabilities, Span<int> chosen, Span<double> weights)
    {
        int count = spec.Count;
        if (spec.Router == RouterKind.Sigmoid)
        {
            for (int e = 0; e < count; e++) probabilities[e] = Sigmoids.Sigmoid(logits[e]);
        }
        else
        {
            double max = double.NegativeInfinity, all = 0;
            foreach (float x in logits) max = Math.Max(max, x);
            for (int e = 0; e < count; e++) all += probabilities[e] = Math.Exp(logits[e] - max);
            for (int e = 0; e < count; e++) probabilities[e] /= all;
        }

        Span<double> choice = stackalloc double[count];
        for (int e = 0; e < count; e++) choice[e] = (spec.Router == RouterKind.SoftmaxOfChosen ? logits[e] : probabilities[e]) + (correction?[e] ?? 0);
        ExpertGroups.Limit(spec, choice, stackalloc double[count]);
        double sum = 0;
        for (int k = 0; k < spec.Used; k++)
        {
            int best = 0;
            for (int e = 1; e < count; e++) if (choice[e] > choice[best]) best = e;
            chosen[k] = best;
            choice[best] = double.NegativeInfinity;
            sum += weights[k] = probabilities[best];
        }

        bool divide = spec.Normalize || spec.Router == RouterKind.SoftmaxOfChosen;
        for (int k = 0; k < spec.Used; k++) weights[k] *= spec.Scale / (divide ? sum + (spec.Router == RouterKind.Sigmoid ? 1e-20 : 0) : 1);
    }

    /// <summary>Adds to the logits' gradients what gradients of the chosen weights, and of all probabilities, cause.</summary>
    public void Back(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> chosen, ReadOnlySpan<double> weights, ReadOnlySpan<double> slopes, ReadOnlySpan<double> balance, Span<float> gradients)
    {
        int count = spec.Count;
        Span<double> back = stackalloc double[count];
        balance.CopyTo(back);
        double sum = 0, along = 0;
        for (int k = 0; k < spec.Used; k++)
        {
            sum += probabilities[chosen[k]];
            along += slopes[k] * weights[k];
        }

        // A weight is scale · p / Σ p of the chosen: each falls as the others grow. A softmax over the chosen alone is the same thing.
        bool divide = spec.Normalize || spec.Router == RouterKind.SoftmaxOfChosen;
        for (int k = 0; k < spec.Used; k++) back[chosen[k]] += divide ? ((spec.Scale * slopes[k]) - along) / sum : spec.Scale * slopes[k];
        double mean = 0;
        if (spec.Router != RouterKind.Sigmoid)
            for (int e = 0; e < count; e++) mean += probabilities[e] * back[e];
        for (int e = 0; e < count; e++)
            gradients[e] += (float)(spec.Router == RouterKind.Sigmoid ? probabilities[e] * (1 - probabilities[e]) * back[e] : probabilities[e] * (back[e] - mean));
    }
}

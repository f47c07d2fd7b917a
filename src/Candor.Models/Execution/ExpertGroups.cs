using System.Numerics;
using System.Numerics.Tensors;

namespace Candor.Models;

/// <summary>Choice of experts that is limited to some groups of them.</summary>
internal static class ExpertGroups
{
    /// <summary>Leaves only the groups with the greatest sums of their two best scores (DeepSeek-V3, arXiv:2412.19437); the others become −∞.</summary>
    /// <param name="spec">The mixture; without groups nothing changes.</param>
    /// <param name="choice">Scores by which experts are chosen, [experts].</param>
    /// <param name="scores">Room for a number a group.</param>
    public static void Limit<T>(ExpertsSpec spec, Span<T> choice, Span<T> scores) where T : IBinaryFloatingPointIeee754<T>
    {
        if (spec.Groups <= 1 || spec.GroupsUsed >= spec.Groups) return;
        int size = spec.Count / spec.Groups;
        scores = scores[..spec.Groups];
        for (int g = 0; g < spec.Groups; g++)
        {
            T first = T.NegativeInfinity, second = T.NegativeInfinity;
            foreach (T s in choice.Slice(g * size, size))
            {
                if (s > first) (second, first) = (first, s);
                else if (s > second) second = s;
            }

            scores[g] = size > 1 ? first + second : first;
        }

        for (int k = 0; k < spec.GroupsUsed; k++) scores[TensorPrimitives.IndexOfMax<T>(scores)] = T.NegativeInfinity;
        for (int g = 0; g < spec.Groups; g++)
            if (scores[g] != T.NegativeInfinity) choice.Slice(g * size, size).Fill(T.NegativeInfinity);
    }
}

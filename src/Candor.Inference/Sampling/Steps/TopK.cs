namespace Candor.Inference.Sampling;

/// <summary>Keeps exactly the k largest logits; of equal ones at the border the smaller ids (Fan et al., arXiv 1805.04833).</summary>
internal static class TopK
{
    public static void Apply(Candidates candidates, int k)
    {
        if (k >= candidates.Count) return;
        (double least, int equals) = Selection.KthLargest(candidates.Logits, k, candidates.Scratch);
        candidates.KeepFrom(least, equals);
    }
}

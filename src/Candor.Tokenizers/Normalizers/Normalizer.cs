using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>One step of normalization. Thread-safe.</summary>
internal abstract class Normalizer
{
    /// <summary>Changes a text in place.</summary>
    public abstract void Apply(AlignedText text);

    /// <summary>The normalized form of a text whose places do not matter.</summary>
    public string Apply(string text)
    {
        var aligned = new AlignedText(CodePoints.From(text), 0, tracks: false);
        Apply(aligned);
        return CodePoints.ToText(aligned.Points);
    }

    /// <summary>Leaves out the characters that a predicate does not keep; the others keep their places.</summary>
    private protected static void Filter(AlignedText text, Func<int, bool> keep)
    {
        ReadOnlySpan<int> points = text.Points;
        int first = 0;
        while (first < points.Length && keep(points[first])) first++;
        if (first == points.Length) return;
        text.StartEdit();
        for (int i = 0; i < points.Length; i++)
            if (i < first || keep(points[i])) text.Put(points[i], i);
        text.Commit();
    }

    /// <summary>Replaces characters one by one.</summary>
    private protected static void Map(AlignedText text, Func<int, int> map)
    {
        ReadOnlySpan<int> points = text.Points;
        text.StartEdit();
        for (int i = 0; i < points.Length; i++) text.Put(map(points[i]), i);
        text.Commit();
    }
}

namespace Candor.Training;

/// <summary>Training data of several files, and how often those of each are drawn.</summary>
/// <typeparam name="T">A document, a pair, or a labelled answer.</typeparam>
/// <param name="Items">All pieces, one file after another.</param>
/// <param name="Parts">The files.</param>
internal sealed record DataMixture<T>(T[] Items, IReadOnlyList<DataPart> Parts)
{
    /// <summary>Pieces by the place of their file in the recipe.</summary>
    public static DataMixture<T> Of(IEnumerable<(int File, T Item)> pieces, RecipeData data)
    {
        List<T>[] files = [.. data.Train.Select(_ => new List<T>())];
        foreach ((int file, T item) in pieces) files[file].Add(item);
        return new DataMixture<T>([.. files.SelectMany(f => f)], [.. files.Select((f, i) => new DataPart(f.Count, data.Weights.Count == 0 ? 1 : data.Weights[i]))]);
    }
}

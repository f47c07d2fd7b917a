namespace Candor.Training;

/// <summary>Rows that go through the network together: documents one after the other, each attending only to itself.</summary>
/// <param name="Tokens">Token of each row.</param>
/// <param name="Targets">The token that each row is to foretell, or -1 where it counts for nothing.</param>
/// <param name="Segments">The documents, in order; they cover all rows.</param>
public sealed record TrainingBatch(IReadOnlyList<int> Tokens, IReadOnlyList<int> Targets, IReadOnlyList<Segment> Segments)
{
    /// <summary>Token type of each row, where the model has types (BERT); empty (default) for 0 throughout.</summary>
    public IReadOnlyList<int> TokenTypes { get; init; } = [];

    /// <summary>Rows that count.</summary>
    public int TargetCount => Targets.Count(t => t >= 0);

    /// <summary>Documents whose every token is the target of the one before it.</summary>
    public static TrainingBatch OfDocuments(IEnumerable<IReadOnlyList<int>> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var tokens = new List<int>();
        var targets = new List<int>();
        var segments = new List<Segment>();
        foreach (IReadOnlyList<int> document in documents)
        {
            segments.Add(new Segment(tokens.Count, document.Count));
            tokens.AddRange(document);
            for (int i = 0; i < document.Count; i++) targets.Add(i + 1 < document.Count ? document[i + 1] : -1);
        }

        return new TrainingBatch(tokens, targets, segments);
    }
}

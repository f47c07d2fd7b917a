namespace Candor.Training;

/// <summary>
/// Documents in an order that a seed fixes, again and again in new orders, gathered into batches. Its place is two numbers, so a run
/// can go on where it stopped.
/// </summary>
/// <param name="documents">The pieces to draw from, none longer than a batch.</param>
/// <param name="order">In what order.</param>
public sealed class DocumentStream(IReadOnlyList<Document> documents, ShuffledOrder order)
{
    /// <summary>Documents that are drawn equally often.</summary>
    /// <param name="documents">The pieces to draw from, none longer than a batch.</param>
    /// <param name="seed">The seed of the orders.</param>
    public DocumentStream(IReadOnlyList<Document> documents, ulong seed)
        : this(documents, new ShuffledOrder(documents?.Count ?? 0, seed))
    {
    }

    /// <summary>How often all documents were seen.</summary>
    public int Epoch => order.Epoch;

    /// <summary>Documents seen since.</summary>
    public int Position => order.Position;

    /// <summary>Goes to a place.</summary>
    public void Seek(int epoch, int position) => order.Seek(epoch, position);

    /// <summary>All documents once, in their order, in batches.</summary>
    public static IEnumerable<TrainingBatch> Once(IReadOnlyList<Document> documents, int tokens)
    {
        var gathered = new List<Document>();
        int count = 0;
        foreach (Document next in documents)
        {
            if (count + next.Ids.Length > tokens && count > 0)
            {
                yield return Batch(gathered);
                gathered.Clear();
                count = 0;
            }

            gathered.Add(next);
            count += next.Ids.Length;
        }

        if (count > 0) yield return Batch(gathered);
    }

    /// <summary>The next documents that fill a batch: as many as fit.</summary>
    /// <param name="tokens">Tokens of a batch.</param>
    public TrainingBatch Next(int tokens) => Batch([.. order.Gather(tokens, i => documents[i].Ids.Length).Select(i => documents[i])]);

    private static TrainingBatch Batch(List<Document> documents)
    {
        var ids = new List<int>();
        var targets = new List<int>();
        var segments = new List<Segment>();
        foreach (Document document in documents)
        {
            segments.Add(new Segment(ids.Count, document.Ids.Length));
            ids.AddRange(document.Ids);
            targets.AddRange(document.Targets);
        }

        return new TrainingBatch(ids, targets, segments);
    }
}

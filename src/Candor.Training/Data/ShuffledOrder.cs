namespace Candor.Training;

/// <summary>Consecutive pieces of data that are drawn equally often.</summary>
/// <param name="Count">How many.</param>
/// <param name="Weight">How often each is drawn while the data is seen once: 2 for twice; 0.5 for half of them, another half each time.</param>
public readonly record struct DataPart(int Count, double Weight);

/// <summary>Indices in an order that a seed fixes, again and again in new orders. Its place is two numbers, so a run can go on where it stopped.</summary>
/// <param name="parts">What there is; indices count through all parts.</param>
/// <param name="seed">The seed of the orders.</param>
public sealed class ShuffledOrder(IReadOnlyList<DataPart> parts, ulong seed)
{
    private int[]? order;

    /// <summary>Indices that are drawn equally often.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">The seed of the orders.</param>
    public ShuffledOrder(int count, ulong seed)
        : this([new DataPart(count, 1)], seed)
    {
    }

    /// <summary>How often all were seen.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many were seen since.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to a place.</summary>
    public void Seek(int epoch, int position) => (Epoch, Position, order) = (epoch, position, null);

    /// <summary>The next index; it stays the next until <see cref="Advance"/>.</summary>
    public int Peek() => Order()[Position];

    /// <summary>Goes on.</summary>
    public void Advance()
    {
        if (++Position == Order().Length) Seek(Epoch + 1, 0);
    }

    /// <summary>Indices until their sizes reach a sum; at least one.</summary>
    /// <param name="most">The sum.</param>
    /// <param name="size">The size of an index.</param>
    public IReadOnlyList<int> Gather(int most, Func<int, int> size)
    {
        ArgumentNullException.ThrowIfNull(size);
        var gathered = new List<int>();
        for (int sum = 0; ; Advance())
        {
            int next = Peek();
            if (gathered.Count > 0 && sum + size(next) > most) return gathered;
            gathered.Add(next);
            sum += size(next);
        }
    }

    private int[] Order()
    {
        if (order is not null) return order;
        var random = new SeededRandom(seed + (0x9E3779B97F4A7C15 * (ulong)(Epoch + 1)));
        var all = new List<int>();
        int begin = 0;
        foreach (DataPart part in parts)
        {
            for (int whole = 0; whole < (int)part.Weight; whole++) all.AddRange(Enumerable.Range(begin, part.Count));
            int some = (int)Math.Round(part.Count * (part.Weight - Math.Floor(part.Weight)));
            if (some > 0)
            {
                int[] drawn = [.. Enumerable.Range(begin, part.Count)];
                random.Shuffle(drawn);
                all.AddRange(drawn.AsSpan(0, some));
            }

            begin += part.Count;
        }

        if (all.Count == 0) throw new TrainingException("data.weights: with these weights nothing is left to draw");
        order = [.. all];
        random.Shuffle(order);
        return order;
    }
}

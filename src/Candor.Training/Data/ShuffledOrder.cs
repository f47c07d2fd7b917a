namespace Candor.Training;

/// <summary>Indices in an order that a seed fixes, again and again in new orders. Its place is two numbers, so a run can go on where it stopped.</summary>
/// <param name="count">How many.</param>
/// <param name="seed">The seed of the orders.</param>
public sealed class ShuffledOrder(int count, ulong seed)
{
    private int[]? order;

    /// <summary>How often all were seen.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many were seen since.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to a place.</summary>
    public void Seek(int epoch, int position) => (Epoch, Position, order) = (epoch, position, null);

    /// <summary>The next index; it stays the next until <see cref="Advance"/>.</summary>
    public int Peek()
    {
        if (order is null)
        {
            order = [.. Enumerable.Range(0, count)];
            new SeededRandom(seed + (0x9E3779B97F4A7C15 * (ulong)(Epoch + 1))).Shuffle(order);
        }

        return order[Position];
    }

    /// <summary>Goes on.</summary>
    public void Advance()
    {
        if (++Position == count) Seek(Epoch + 1, 0);
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
}

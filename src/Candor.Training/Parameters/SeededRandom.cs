namespace Candor.Training;

/// <summary>
/// Random numbers whose whole state is one number, so that a run can be put down and taken up: SplitMix64 (Steele, Lea and
/// Flood, 2014). The same seed gives the same numbers on every machine. Not thread-safe.
/// </summary>
/// <param name="seed">The seed, or a <see cref="State"/> to go on from.</param>
public sealed class SeededRandom(ulong seed)
{
    /// <summary>All that decides what comes next.</summary>
    public ulong State { get; set; } = seed;

    /// <summary>A number that tells texts apart.</summary>
    public static ulong Hash(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // FNV-1a, spread by one step of the generator.
        ulong hash = 14695981039346656037;
        foreach (char c in text) hash = (hash ^ c) * 1099511628211;
        return new SeededRandom(hash).Next();
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = State += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below 1, in steps of 2^-53.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int NextInt(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>A number of the standard normal distribution (Box and Muller, 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Puts a list into random order (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}

using System.Runtime.InteropServices;

namespace Candor.Training;

/// <summary>
/// Finds texts that share most of their words in a row with one seen before: MinHash signatures (Broder, On the resemblance and
/// containment of documents, 1997) over five words at a time, looked up by bands. A signature takes 512 bytes. Not thread-safe.
/// </summary>
/// <param name="threshold">The share of common runs of words (Jaccard) from which texts count as the same, above 0 to 1.</param>
public sealed class NearDuplicates(double threshold = 0.8)
{
    private const int Hashes = 128, Rows = 4, Shingle = 5;
    private readonly Dictionary<(int Band, ulong Key), List<int>> buckets = [];
    private readonly List<uint[]> signatures = [];

    /// <summary>Texts kept.</summary>
    public int Count => signatures.Count;

    /// <summary>Keeps a text unless it is nearly one that was kept.</summary>
    /// <returns>Whether it was kept.</returns>
    public bool Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        uint[] signature = Signature(text);
        ulong[] keys = [.. Enumerable.Range(0, Hashes / Rows).Select(b => Key(signature.AsSpan(b * Rows, Rows)))];
        for (int band = 0; band < keys.Length; band++)
            if (buckets.TryGetValue((band, keys[band]), out List<int>? near) && near.Any(i => Similarity(signature, signatures[i]) >= threshold)) return false;
        for (int band = 0; band < keys.Length; band++)
        {
            ref List<int>? bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(buckets, (band, keys[band]), out _);
            (bucket ??= []).Add(signatures.Count);
        }

        signatures.Add(signature);
        return true;
    }

    /// <summary>The estimated share of common runs of words of two texts, 0 to 1.</summary>
    public static double Similarity(string one, string other) => Similarity(Signature(one), Signature(other));

    private static double Similarity(uint[] one, uint[] other)
    {
        int equal = 0;
        for (int i = 0; i < Hashes; i++)
            if (one[i] == other[i]) equal++;
        return (double)equal / Hashes;
    }

    private static uint[] Signature(string text)
    {
        uint[] least = new uint[Hashes];
        least.AsSpan().Fill(uint.MaxValue);
        ulong[] words = [.. Words(text)];
        int runs = Math.Max(1, words.Length - Shingle + 1);
        for (int i = 0; i < runs; i++)
        {
            ulong run = 14695981039346656037;
            foreach (ulong word in words.AsSpan(i, Math.Min(Shingle, words.Length - i))) run = (run ^ word) * 1099511628211;
            // One generator a run gives its hash under every permutation.
            var random = new SeededRandom(run);
            for (int h = 0; h < Hashes; h += 2)
            {
                ulong two = random.Next();
                least[h] = Math.Min(least[h], (uint)two);
                least[h + 1] = Math.Min(least[h + 1], (uint)(two >> 32));
            }
        }

        return least;
    }

    /// <summary>Hashes of the words, whatever their case and what stands between them.</summary>
    private static IEnumerable<ulong> Words(string text)
    {
        int begin = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inside = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (inside && begin < 0) begin = i;
            if (inside || begin < 0) continue;
            yield return SeededRandom.Hash(text[begin..i].ToLowerInvariant());
            begin = -1;
        }
    }

    private static ulong Key(ReadOnlySpan<uint> rows)
    {
        ulong key = 14695981039346656037;
        foreach (uint row in rows) key = (key ^ row) * 1099511628211;
        return key;
    }
}

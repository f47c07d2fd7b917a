using System.Runtime.InteropServices;

namespace Candor.Tokenizers.Training;

/// <summary>Words as lists of tokens, how often each pair of neighbours stands in them, and where.</summary>
internal sealed class PairIndex
{
    private readonly List<int[]> words = [];
    private readonly List<long> counts = [];
    private readonly Dictionary<(int Left, int Right), long> pairs = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> places = [];
    private readonly HashSet<(int, int)> fresh = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> queue = new(Comparer<(long Count, int Left, int Right)>.Create(
        (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Left != b.Left ? a.Left.CompareTo(b.Left) : a.Right.CompareTo(b.Right)));

    public PairIndex(IEnumerable<(int[] Tokens, long Count)> source)
    {
        foreach ((int[] tokens, long count) in source)
        {
            words.Add(tokens);
            counts.Add(count);
            Count(words.Count - 1, 1);
        }

        foreach (((int left, int right), long count) in pairs) queue.Enqueue((left, right), (count, left, right));
    }

    /// <summary>The pair that comes first, or null where no word has two tokens.</summary>
    public (int Left, int Right, long Count)? Best()
    {
        while (queue.TryPeek(out (int Left, int Right) pair, out (long Count, int Left, int Right) seen))
        {
            long now = pairs.GetValueOrDefault(pair);
            if (now == seen.Count && now > 0) return (pair.Left, pair.Right, now);

            // Counts change while pairs wait in the queue: one that was overtaken goes back with what it has now.
            queue.Dequeue();
            if (now > 0) queue.Enqueue(pair, (now, pair.Left, pair.Right));
        }

        return null;
    }

    /// <summary>Makes a token of a pair wherever it stands, from left to right.</summary>
    public void Merge(int left, int right, int token)
    {
        if (!places.Remove((left, right), out HashSet<int>? where)) return;
        foreach (int w in where)
        {
            int[] word = words[w];
            var merged = new List<int>(word.Length);
            for (int i = 0; i < word.Length; i++)
            {
                if (i + 1 < word.Length && word[i] == left && word[i + 1] == right)
                {
                    merged.Add(token);
                    i++;
                }
                else
                {
                    merged.Add(word[i]);
                }
            }

            if (merged.Count == word.Length) continue;
            Count(w, -1);
            words[w] = [.. merged];
            Count(w, 1);
            for (int i = 0; i + 1 < merged.Count; i++)
                if (merged[i] == token || merged[i + 1] == token) fresh.Add((merged[i], merged[i + 1]));
        }

        foreach ((int l, int r) in fresh)
            if (pairs.GetValueOrDefault((l, r)) is > 0 and long count) queue.Enqueue((l, r), (count, l, r));
        fresh.Clear();
    }

    private void Count(int w, int sign)
    {
        int[] word = words[w];
        for (int i = 0; i + 1 < word.Length; i++)
        {
            (int, int) pair = (word[i], word[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out _) += sign * counts[w];
            if (sign < 0) continue;
            if (!places.TryGetValue(pair, out HashSet<int>? where)) places[pair] = where = [];
            where.Add(w);
        }
    }
}

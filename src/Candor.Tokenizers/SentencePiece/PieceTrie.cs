namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// A read-only trie over the bytes of pieces. Children of a node lie side by side in order, so that a step is a binary search
/// among them; the root's children are found at once.
/// </summary>
internal sealed class PieceTrie
{
    private readonly int[] firstChild; // of node n: firstChild[n] .. firstChild[n + 1]
    private readonly byte[] labels;
    private readonly int[] values; // id of the piece that ends here, or -1
    private readonly int[] rootChild = new int[256];

    private PieceTrie(int[] firstChild, byte[] labels, int[] values)
    {
        this.firstChild = firstChild;
        this.labels = labels;
        this.values = values;
        Array.Fill(rootChild, -1);
        for (int child = firstChild[0]; child < firstChild[1]; child++) rootChild[labels[child]] = child;
    }

    /// <summary>Builds a trie; null where there are no pieces. Of equal pieces the last one counts.</summary>
    public static PieceTrie? Build(IEnumerable<(byte[] Piece, int Id)> pieces)
    {
        (byte[] Piece, int Id)[] sorted = [.. pieces.Where(p => p.Piece.Length > 0)];
        if (sorted.Length == 0) return null;
        Array.Sort(sorted, static (a, b) => a.Piece.AsSpan().SequenceCompareTo(b.Piece) is var c && c != 0 ? c : a.Id.CompareTo(b.Id));

        var first = new List<int>();
        var labels = new List<byte> { 0 };
        var values = new List<int> { -1 };
        var ranges = new List<(int Begin, int End, int Depth)> { (0, sorted.Length, 0) };
        for (int node = 0; node < ranges.Count; node++)
        {
            (int begin, int end, int depth) = ranges[node];
            first.Add(ranges.Count);
            while (begin < end && sorted[begin].Piece.Length == depth) values[node] = sorted[begin++].Id;
            while (begin < end)
            {
                byte label = sorted[begin].Piece[depth];
                int next = begin + 1;
                while (next < end && sorted[next].Piece[depth] == label) next++;
                labels.Add(label);
                values.Add(-1);
                ranges.Add((begin, next, depth + 1));
                begin = next;
            }
        }

        first.Add(ranges.Count);
        return new PieceTrie([.. first], [.. labels], [.. values]);
    }

    /// <summary>The root.</summary>
    public const int Root = 0;

    /// <summary>The node one byte further, or -1.</summary>
    public int Step(int node, byte label)
    {
        if (node == Root) return rootChild[label];
        int low = firstChild[node], high = firstChild[node + 1] - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            byte found = labels[middle];
            if (found == label) return middle;
            if (found < label) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    /// <summary>The id of the piece that ends at a node, or -1.</summary>
    public int Value(int node) => values[node];

    /// <summary>Length of the longest piece that the text begins with; 0 for none.</summary>
    public int LongestPrefix(ReadOnlySpan<byte> text, out int id)
    {
        int longest = 0, node = Root;
        id = -1;
        for (int i = 0; i < text.Length && (node = Step(node, text[i])) >= 0; i++)
        {
            if (values[node] < 0) continue;
            id = values[node];
            longest = i + 1;
        }

        return longest;
    }
}

namespace Candor.Tokenizers.Training;

/// <summary>Pieces with their log-probabilities, and the ways to put words together of them.</summary>
internal sealed class UnigramLattice
{
    // As an unseen character is far less likely than any piece.
    private const double UnknownPenalty = 10;

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly double[] scores;
    private readonly int longest;
    private readonly double unknown;
    private double[] forward = [], backward = [];
    private (int Piece, int Begin)[] steps = [];

    public UnigramLattice(IReadOnlyList<(string Text, double Score)> pieces)
    {
        scores = [.. pieces.Select(p => p.Score)];
        for (int i = 0; i < pieces.Count; i++)
        {
            ids[pieces[i].Text] = i;
            longest = Math.Max(longest, pieces[i].Text.Length);
        }

        lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        unknown = scores.Min() - UnknownPenalty;
    }

    /// <summary>Adds each piece's expected count in a word (forward-backward) to the counts, and returns the word's log-probability.</summary>
    public double Expect(string word, double weight, double[] counts)
    {
        Room(word.Length);
        Array.Fill(forward, double.NegativeInfinity, 0, word.Length + 1);
        Array.Fill(backward, double.NegativeInfinity, 0, word.Length + 1);
        forward[0] = backward[word.Length] = 0;
        for (int end = 1; end <= word.Length; end++)
            for (int begin = Math.Max(0, end - longest); begin < end; begin++)
                if (!double.IsNegativeInfinity(forward[begin])) forward[end] = LogAdd(forward[end], forward[begin] + Score(word, begin, end, out _));
        for (int begin = word.Length - 1; begin >= 0; begin--)
            for (int end = begin + 1; end <= Math.Min(word.Length, begin + longest); end++)
                if (!double.IsNegativeInfinity(backward[end])) backward[begin] = LogAdd(backward[begin], backward[end] + Score(word, begin, end, out _));
        double total = forward[word.Length];
        for (int begin = 0; begin < word.Length; begin++)
            for (int end = begin + 1; end <= Math.Min(word.Length, begin + longest); end++)
            {
                double score = Score(word, begin, end, out int piece);
                if (piece >= 0) counts[piece] += weight * Math.Exp(forward[begin] + score + backward[end] - total);
            }

        return total;
    }

    /// <summary>The most likely pieces of a word; -1 stands for a character that has none.</summary>
    /// <param name="word">The word.</param>
    /// <param name="without">A piece that must not be used, or -1.</param>
    /// <param name="pieces">Receives the pieces.</param>
    /// <returns>The log-probability.</returns>
    public double Best(string word, int without, List<int> pieces)
    {
        Room(word.Length);
        Array.Fill(forward, double.NegativeInfinity, 0, word.Length + 1);
        forward[0] = 0;
        for (int end = 1; end <= word.Length; end++)
            for (int begin = Math.Max(0, end - longest); begin < end; begin++)
            {
                double score = Score(word, begin, end, out int piece);
                if ((piece >= 0 && piece == without) || !(forward[begin] + score > forward[end])) continue;
                forward[end] = forward[begin] + score;
                steps[end] = (piece, begin);
            }

        pieces.Clear();
        for (int end = word.Length; end > 0; end = steps[end].Begin) pieces.Add(steps[end].Piece);
        pieces.Reverse();
        return forward[word.Length];
    }

    // A character without a piece can be passed by one step of low score.
    private double Score(string word, int begin, int end, out int piece)
    {
        if (lookup.TryGetValue(word.AsSpan(begin, end - begin), out piece)) return scores[piece];
        piece = -1;
        bool character = end - begin == 1 || (end - begin == 2 && char.IsSurrogatePair(word[begin], word[begin + 1]));
        return character ? unknown : double.NegativeInfinity;
    }

    private void Room(int length)
    {
        if (forward.Length > length) return;
        Array.Resize(ref forward, 2 * length + 1);
        Array.Resize(ref backward, forward.Length);
        Array.Resize(ref steps, forward.Length);
    }

    private static double LogAdd(double a, double b)
    {
        if (double.IsNegativeInfinity(a)) return b;
        if (double.IsNegativeInfinity(b)) return a;
        double most = Math.Max(a, b);
        return most + Math.Log(1 + Math.Exp(Math.Min(a, b) - most));
    }
}

using System.Runtime.InteropServices;

namespace Candor.Tokenizers.Training;

/// <summary>
/// Learns a unigram vocabulary (T. Kudo, "Subword Regularization", arXiv:1804.10959): from all frequent stretches of text,
/// expectation maximization finds each piece's probability, and the pieces that cost least to lose are dropped, by turns, until
/// the vocabulary has its size. Spaces are marked and every line begins with one, as in SentencePiece.
/// </summary>
public static class UnigramTrainer
{
    private const double LeastCount = 0.5, Shrinking = 0.75, Overshoot = 1.1;
    private const int Rounds = 2;

    /// <summary>Learns a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="progress">Told about how much is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between texts and between rounds.</param>
    /// <exception cref="ArgumentException">
    /// The vocabulary has no room for the special tokens, 256 bytes and the texts' characters, or special tokens are empty or alike.
    /// </exception>
    public static TrainedUnigram Train(IEnumerable<string> texts, UnigramTrainingOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        SpecialTokens.Check(options.SpecialTokens);
        var words = new UnigramWords();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            words.Add(text);
        }

        IReadOnlyList<KeyValuePair<string, long>> all = words.All, characters = words.Characters(options.CharacterCoverage);
        int room = options.VocabularySize - TrainedUnigram.FixedTokens(options);
        if (room < Math.Max(1, characters.Count))
            throw new ArgumentException($"a vocabulary of {options.VocabularySize} has no room for {TrainedUnigram.FixedTokens(options)} fixed tokens and {characters.Count} characters", nameof(options));
        List<(string Text, double Score)> pieces = Seed(all, characters, options);
        int target = Math.Max((int)(room * Overshoot), room), begun = pieces.Count;
        while (true)
        {
            for (int round = 0; round < Rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pieces = Maximize(pieces, all);
            }

            progress?.Report(begun <= target ? 1 : Math.Clamp(Math.Log((double)begun / Math.Max(1, pieces.Count)) / Math.Log((double)begun / target), 0, 1));
            if (pieces.Count <= target) break;
            pieces = Prune(pieces, all, Math.Max(target, (int)(pieces.Count * Shrinking)));
        }

        return new TrainedUnigram(options, Final(pieces, characters, room));
    }

    // All characters, and of the stretches that stand in two different words or more those that cover most of them. Words count once
    // here, as in SentencePiece: a word that is frequent alone tells nothing about what words are made of.
    private static List<(string, double)> Seed(IReadOnlyList<KeyValuePair<string, long>> words, IReadOnlyList<KeyValuePair<string, long>> characters, UnigramTrainingOptions options)
    {
        var stretches = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = stretches.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach ((string word, _) in words)
            for (int begin = 0; begin < word.Length; begin++)
            {
                if (char.IsLowSurrogate(word[begin])) continue;
                for (int end = begin + 2; end <= Math.Min(word.Length, begin + options.MaxPieceLength); end++)
                {
                    ReadOnlySpan<char> stretch = word.AsSpan(begin, end - begin);
                    if (!UnigramWords.CanBePiece(stretch)) break;
                    if (end < word.Length && char.IsLowSurrogate(word[end])) continue;
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, stretch, out _)++;
                }
            }

        var seed = characters.Select(c => (c.Key, (double)c.Value)).ToList();
        HashSet<string> known = [.. seed.Select(s => s.Key)];
        seed.AddRange(stretches.Where(s => s.Value > 1 && !known.Contains(s.Key)).OrderByDescending(s => s.Value * s.Key.Length).ThenBy(s => s.Key, StringComparer.Ordinal)
            .Take(Math.Max(0, options.SeedSize - seed.Count)).Select(s => (s.Key, (double)s.Value * s.Key.Length)));
        double total = Math.Log(seed.Sum(s => s.Item2));
        return [.. seed.Select(s => (s.Key, Math.Log(s.Item2) - total))];
    }

    // One round: expected counts, and the probabilities that suit them; digamma discounts what is rare (Kudo, 3.2).
    private static List<(string, double)> Maximize(List<(string Text, double Score)> pieces, IReadOnlyList<KeyValuePair<string, long>> words)
    {
        var lattice = new UnigramLattice(pieces);
        var counts = new double[pieces.Count];
        foreach ((string word, long count) in words) lattice.Expect(word, count, counts);
        var kept = new List<(string Text, double Score)>(pieces.Count);
        double sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < LeastCount) continue;
            kept.Add((pieces[i].Text, counts[i]));
            sum += counts[i];
        }

        double total = Digamma(sum);
        return [.. kept.Select(k => (k.Text, Digamma(k.Score) - total))];
    }

    // Keeps the pieces whose loss would cost the texts' likelihood most.
    private static List<(string, double)> Prune(List<(string Text, double Score)> pieces, IReadOnlyList<KeyValuePair<string, long>> words, int size)
    {
        var lattice = new UnigramLattice(pieces);
        var counts = new double[pieces.Count];
        var spelling = new List<int>();
        double sum = 0;
        foreach ((string word, long count) in words)
        {
            lattice.Best(word, -1, spelling);
            foreach (int piece in spelling)
                if (piece >= 0) counts[piece] += count;
            sum += (double)count * spelling.Count;
        }

        double total = Math.Log(sum);
        var kept = new List<(string, double)>(size);
        var losses = new List<(double Loss, int Piece)>();
        for (int i = 0; i < pieces.Count; i++)
        {
            string text = pieces[i].Text;
            if (text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text[0], text[1])))
            {
                kept.Add(pieces[i]);
                continue;
            }

            lattice.Best(text, -1, spelling);
            if (spelling.Count > 1 || counts[i] == 0) continue;
            lattice.Best(text, i, spelling);
            double others = 0, grown = Math.Log(sum + counts[i] * (spelling.Count - 1));
            foreach (int piece in spelling)
                others += piece < 0 ? double.NegativeInfinity : Math.Log(counts[piece] + counts[i]) - grown;
            losses.Add((counts[i] * (Math.Log(counts[i]) - total - others), i));
        }

        foreach ((_, int piece) in losses.OrderByDescending(l => l.Loss).ThenBy(l => pieces[l.Piece].Text, StringComparer.Ordinal).Take(Math.Max(0, size - kept.Count))) kept.Add(pieces[piece]);
        return kept;
    }

    // Every character, then the likeliest pieces; in the order of their scores.
    private static List<(string, double)> Final(List<(string Text, double Score)> pieces, IReadOnlyList<KeyValuePair<string, long>> characters, int room)
    {
        Dictionary<string, double> scores = pieces.ToDictionary(p => p.Text, p => p.Score, StringComparer.Ordinal);
        double least = pieces.Count == 0 ? 0 : pieces.Min(p => p.Score);
        var final = new Dictionary<string, double>(StringComparer.Ordinal);
        // A character that lost its probability is a little less likely than all others.
        foreach ((string character, _) in characters) final[character] = scores.TryGetValue(character, out double score) ? score : least -= 0.0001;
        foreach ((string text, double score) in pieces.OrderByDescending(p => p.Score).ThenBy(p => p.Text, StringComparer.Ordinal))
            if (final.Count < room) final.TryAdd(text, score);
        return [.. final.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value))];
    }

    /// <summary>The digamma function for x above 0: its recurrence up to 7, and the asymptotic series from there (Abramowitz and Stegun, 6.3.5 and 6.3.18).</summary>
    private static double Digamma(double x)
    {
        double result = 0;
        for (; x < 7; x++) result -= 1 / x;
        double inverse = 1 / (x * x);
        return result + Math.Log(x) - 0.5 / x - inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse * (1.0 / 240 - inverse / 132))));
    }
}

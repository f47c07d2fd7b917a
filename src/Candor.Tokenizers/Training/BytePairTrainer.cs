namespace Candor.Tokenizers.Training;

/// <summary>
/// Learns byte-level BPE (Sennrich et al., arXiv:1508.07909): the most frequent pair of neighbouring tokens becomes a token, again
/// and again. Of equally frequent pairs the one with the smaller left id goes first, then that with the smaller right id.
/// </summary>
public static class BytePairTrainer
{
    /// <summary>Learns a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="progress">Told about how much is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between texts and between merges.</param>
    /// <exception cref="ArgumentException">
    /// The vocabulary has no room for the special tokens and 256 bytes, special tokens are empty or alike, or the pre-tokenizer is unknown.
    /// </exception>
    public static TrainedVocabulary Train(IEnumerable<string> texts, BytePairTrainingOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        SpecialTokens.Check(options.SpecialTokens);
        if (options.VocabularySize < options.SpecialTokens.Count + 256)
            throw new ArgumentException($"a vocabulary of {options.VocabularySize} has no room for {options.SpecialTokens.Count} special tokens and 256 bytes", nameof(options));
        var words = new WordCounts(options.PreTokenizer);
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            words.Add(text);
        }

        var vocabulary = new TrainedVocabulary(options);
        var pairs = new PairIndex(words.All.Select(w => (w.Key.Select(c => vocabulary.Id(c.ToString())).ToArray(), w.Value)));
        while (vocabulary.Tokens.Count < options.VocabularySize && pairs.Best() is { } best && best.Count >= options.MinCount)
        {
            cancellationToken.ThrowIfCancellationRequested();
            pairs.Merge(best.Left, best.Right, vocabulary.Merge(best.Left, best.Right));
            progress?.Report((double)vocabulary.Tokens.Count / options.VocabularySize);
        }

        return vocabulary;
    }
}

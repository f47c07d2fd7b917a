namespace Candor.Training;

/// <summary>A text as tokens.</summary>
/// <param name="Ids">Tokens, those before and after the text included.</param>
/// <param name="Counts">Whether each token is one that the model is to learn to say; the first never is.</param>
/// <param name="Bytes">Bytes of the text in UTF-8 that its counting tokens stand for.</param>
public sealed record Document(int[] Ids, bool[] Counts, int Bytes)
{
    /// <summary>The targets of the document's rows: the next token where it counts, else -1.</summary>
    public IEnumerable<int> Targets => Enumerable.Range(0, Ids.Length).Select(i => i + 1 < Ids.Length && Counts[i + 1] ? Ids[i + 1] : -1);

    /// <summary>The document in pieces of at most so many tokens; a piece begins with the last token of the one before, which it is not to say again.</summary>
    public IEnumerable<Document> Pieces(int length)
    {
        if (Ids.Length <= length)
        {
            yield return this;
            yield break;
        }

        int total = Math.Max(1, Counts.Count(c => c));
        for (int from = 0; from + 1 < Ids.Length; from += length - 1)
        {
            int to = Math.Min(from + length, Ids.Length);
            bool[] counts = Counts[from..to];
            counts[0] = false;
            yield return new Document(Ids[from..to], counts, (int)((long)Bytes * counts.Count(c => c) / total));
        }
    }
}

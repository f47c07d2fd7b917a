namespace Candor.Tokenizers.Models.Bpe;

/// <summary>
/// Where a long piece falls into parts that no merge can join: between two characters that stand side by side in no merged
/// token. Merging the parts one by one gives what merging the whole gives, and lets the parts be found in the cache.
/// </summary>
internal sealed class SafeCuts
{
    private readonly MergeTable _neighbours = new();

    private SafeCuts()
    {
    }

    /// <summary>Collects the neighbours; null where merges go by more than characters.</summary>
    /// <param name="merges">The merges.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="opaque">Tokens that stand for text which is not their spelling: the unknown token and bytes.</param>
    public static SafeCuts? Create(MergeTable merges, Vocabulary vocabulary, IReadOnlySet<int> opaque)
    {
        var cuts = new SafeCuts();
        foreach ((int left, int right, int id) in merges.Entries())
        {
            if (opaque.Contains(left) || opaque.Contains(right) || opaque.Contains(id) || vocabulary.Token(id) is not { } token) return null;
            int previous = -1;
            foreach (System.Text.Rune rune in token.EnumerateRunes())
            {
                if (previous >= 0) cuts._neighbours.Set(previous, rune.Value, 0, 0);
                previous = rune.Value;
            }
        }

        return cuts;
    }

    /// <summary>Where the part that begins at a place ends.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="characters">The characters that are tokens: only before such a one may be cut, for unknown ones may be one token.</param>
    public int Next(ReadOnlySpan<int> piece, int start, CharacterTable characters)
    {
        int at = start + 1;
        while (at < piece.Length && (_neighbours.TryGet(piece[at - 1], piece[at], out _, out _) || characters.Find(piece[at]) < 0)) at++;
        return at;
    }
}

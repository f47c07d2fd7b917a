using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.ByteLevel;

/// <summary>Tokens that are found in a text before anything else, the longest at each place.</summary>
internal sealed class SpecialTokens
{
    private readonly PieceTrie? trie;
    private readonly IReadOnlySet<int> plain;

    /// <summary>Collects tokens.</summary>
    /// <param name="tokens">Spelling and id of each.</param>
    /// <param name="plain">Those that are plain text unless special tokens are to be recognised.</param>
    public SpecialTokens(IEnumerable<(string Text, int Id)> tokens, IReadOnlySet<int> plain)
    {
        trie = PieceTrie.Build(tokens.Select(t => (Utf8.Encode(t.Text), t.Id)));
        this.plain = plain;
    }

    /// <summary>Cuts a text at the tokens found in it: what lies between goes to the encoder, they go straight to the output.</summary>
    public void Encode(ReadOnlySpan<byte> utf8, SpecialTokenScope special, BytePairEncoder encoder, TokenList output)
    {
        int begin = 0, beginPoint = 0, at = 0, point = 0;
        while (at < utf8.Length)
        {
            int id = -1;
            int length = trie is null ? 0 : trie.LongestPrefix(utf8[at..], out id);
            int end = point + Points(utf8.Slice(at, length));
            if (length == 0 || (plain.Contains(id) && !special.Allows(point, end)))
            {
                // A token that is to be plain text still hides what it overlaps, as in the reference.
                for (int skip = Math.Max(1, length); skip > 0; skip--, at++)
                    if (Utf8.IsBoundary(utf8[at])) point++;
                continue;
            }

            encoder.Encode(utf8[begin..at], beginPoint, output);
            output.Add(id, point, end);
            at += length;
            point = end;
            (begin, beginPoint) = (at, point);
        }

        encoder.Encode(utf8[begin..], beginPoint, output);
    }

    private static int Points(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        foreach (byte b in utf8)
            if (Utf8.IsBoundary(b)) count++;
        return count;
    }
}

namespace Candor.Tokenizers.Decoders;

/// <summary>Joins continuations to their words and puts spaces between words; may tidy spaces before punctuation.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanUp) : TokenDecoder
{
    private static readonly (string From, string To)[] Tidying =
        [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
         (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")];

    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            if (i > 0) pieces[i] = prefix.Length > 0 && pieces[i].StartsWith(prefix, StringComparison.Ordinal) ? pieces[i][prefix.Length..] : " " + pieces[i];
            if (cleanUp) pieces[i] = CleanUp(pieces[i]);
        }
    }

    /// <summary>Takes out spaces before punctuation and short forms of English.</summary>
    public static string CleanUp(string text)
    {
        foreach ((string from, string to) in Tidying) text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }
}

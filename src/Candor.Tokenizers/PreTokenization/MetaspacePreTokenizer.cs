using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>When a piece gets the sign of a space put before it.</summary>
internal enum PrependScheme
{
    /// <summary>Every piece.</summary>
    Always,

    /// <summary>Only the piece at the very start of the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

/// <summary>SentencePiece's spaces: each becomes a visible sign, one may be put before, pieces begin with the sign.</summary>
internal sealed class MetaspacePreTokenizer(int replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    /// <inheritdoc/>
    public override bool NeedsPlaces => scheme == PrependScheme.First;

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        ReadOnlySpan<int> points = text.Text.Points;
        text.Text.StartEdit();
        text.StartPieces();
        int at = 0;
        foreach ((int start, int end) in text.Pieces)
        {
            int from = at;
            bool starts = points[start] == replacement || points[start] == ' ';
            if (!starts && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && text.Text.Begin(start) == 0)))
            {
                text.Text.Put(replacement, start);
                at++;
            }

            for (int i = start; i < end; i++, at++)
            {
                int c = points[i] == ' ' ? replacement : points[i];
                text.Text.Put(c, i);
                if (!split || c != replacement || at == from) continue;
                text.AddPiece(from, at);
                from = at;
            }

            text.AddPiece(from, at);
        }

        text.Text.Commit();
        text.CommitPieces();
    }
}

using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>
/// Cuts where the script changes. Hiragana and Katakana count as Han; spaces and characters without a script go with what
/// stands before them, and vanish where nothing does.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : PreTokenizer
{
    private const int ProlongedSoundMark = 0x30FC;

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
        {
            string? last = null;
            int from = -1;
            for (int i = start; i < end; i++)
            {
                string? script = Script(text.Text.Points[i]);
                if (script is null || script == last) continue;
                if (from >= 0) text.AddPiece(from, i);
                (from, last) = (i, script);
            }

            if (from >= 0) text.AddPiece(from, end);
        }

        text.CommitPieces();
    }

    private static string? Script(int c)
    {
        if (c == ' ') return null;
        if (c == ProlongedSoundMark) return "Han";
        string? script = UnicodeTables.ScriptOfUnicode9(c);
        return script is "Hiragana" or "Katakana" ? "Han" : script;
    }
}

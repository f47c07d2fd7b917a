using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>A normalized text and the pieces it has been cut into. Pieces are in order and never empty. Not thread-safe.</summary>
internal sealed class PreTokenizedText
{
    private List<(int Start, int End)> _next = [];

    /// <summary>Starts with one piece, or none where the text is empty.</summary>
    public PreTokenizedText(AlignedText text)
    {
        Text = text;
        if (text.Length > 0) Pieces.Add((0, text.Length));
    }

    /// <summary>The text; pieces are ranges of its present version.</summary>
    public AlignedText Text { get; }

    /// <summary>Start and end of each piece.</summary>
    public List<(int Start, int End)> Pieces { get; private set; } = [];

    /// <summary>Begins a new list of pieces.</summary>
    public void StartPieces() => _next.Clear();

    /// <summary>Adds a piece to the new list, unless it is empty.</summary>
    public void AddPiece(int start, int end)
    {
        if (start < end) _next.Add((start, end));
    }

    /// <summary>Makes the new list of pieces the present one.</summary>
    public void CommitPieces() => (Pieces, _next) = (_next, Pieces);
}

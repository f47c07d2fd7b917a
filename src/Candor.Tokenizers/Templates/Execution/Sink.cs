using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Where output goes: the whole text, or the text of a macro or block.</summary>
internal sealed class Sink(RenderRun run, long limit)
{
    private readonly StringBuilder text = new();
    private int counted;
    private int codePoints;

    public Sink(RenderRun run)
        : this(run, long.MaxValue)
    {
    }

    public void Append(string piece)
    {
        if (piece.Length > limit - text.Length) throw Faults.Budget($"the rendered text is longer than {limit} characters");
        run.Allocate(piece.Length);
        text.Append(piece);
    }

    /// <summary>How many code points there are so far.</summary>
    public int CodePoints()
    {
        foreach (ReadOnlyMemory<char> chunk in Tail())
        {
            foreach (char c in chunk.Span)
                if (!char.IsLowSurrogate(c)) codePoints++;
        }

        counted = text.Length;
        return codePoints;
    }

    public override string ToString() => text.ToString();

    private IEnumerable<ReadOnlyMemory<char>> Tail()
    {
        int position = 0;
        foreach (ReadOnlyMemory<char> chunk in text.GetChunks())
        {
            int skip = Math.Clamp(counted - position, 0, chunk.Length);
            position += chunk.Length;
            if (skip < chunk.Length) yield return chunk[skip..];
        }
    }
}

namespace Candor.Tokenizers.SentencePiece;

/// <summary>Turns places in UTF-8 text into places counted in code points.</summary>
internal sealed class CodePointOffsets
{
    private readonly int[] before; // characters that begin before each byte

    public CodePointOffsets(ReadOnlySpan<byte> text)
    {
        before = new int[text.Length + 2];
        for (int i = 0; i < text.Length; i++) before[i + 1] = before[i] + (Utf8.IsBoundary(text[i]) ? 1 : 0);
        before[text.Length + 1] = before[text.Length] + 1;
    }

    /// <summary>The code point that the byte at this place belongs to.</summary>
    public int Begin(int place) => Math.Max(0, before[place + 1] - 1);

    /// <summary>The code point after the one that the byte before this place belongs to.</summary>
    public int End(int place) => before[place];
}

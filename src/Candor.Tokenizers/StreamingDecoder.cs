namespace Candor.Tokenizers;

/// <summary>Turns a stream of token ids into text, piece by piece. Not thread-safe.</summary>
public abstract class StreamingDecoder
{
    /// <summary>Takes the next id and returns the text that is now certain: possibly empty, never part of a code point.</summary>
    public abstract string Push(int id);

    /// <summary>Returns what is still held back (an unfinished character becomes U+FFFD) and starts anew.</summary>
    public abstract string Flush();
}

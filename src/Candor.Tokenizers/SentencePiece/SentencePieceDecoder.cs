using System.Text;

namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// Decodes ids one at a time, so that all that was emitted, joined, is what SentencePiece decodes the whole list to. Only bytes
/// that may yet become a character are held back (and everything, for the rare model that rewrites decoded text).
/// </summary>
internal sealed class SentencePieceDecoder(SentencePieceModel model, bool skipSpecial) : StreamingDecoder
{
    private readonly StringBuilder? whole = model.Contents.Denormalizer is null ? null : new StringBuilder();
    private readonly byte[] pending = new byte[4];
    private int pendingCount;
    private bool atStart = true;
    private bool spaceTaken;
    private bool anyText;

    /// <inheritdoc/>
    public override string Push(int id)
    {
        if (!model.Contains(id)) return "";
        string text = model.TypeOf(id) == PieceType.Byte ? PushByte(model.ByteValue(id)) : FlushBytes() + Surface(id);
        if (text.Length > 0) anyText = true;
        if (whole is null) return text;
        whole.Append(text);
        return "";
    }

    /// <inheritdoc/>
    public override string Flush()
    {
        string text = FlushBytes();
        if (whole is not null)
        {
            var denormalizer = new Normalizer(model.Contents.Denormalizer!, null);
            text = System.Text.Encoding.UTF8.GetString(denormalizer.Normalize(Utf8.Encode(whole.Append(text).ToString())).Bytes);
            whole.Clear();
        }

        atStart = true;
        spaceTaken = false;
        anyText = false;
        return text;
    }

    private string Surface(int id)
    {
        if (spaceTaken || anyText) atStart = false;
        spaceTaken = false;
        string piece = model.Name(id);
        switch (model.TypeOf(id))
        {
            case PieceType.Control: return skipSpecial ? "" : piece;
            case PieceType.Unknown: return model.Contents.UnknownSurface;
        }

        NormalizerSettings settings = model.Contents.Normalizer;
        if (atStart && (settings.AddDummyPrefix || settings.RemoveExtraWhitespaces) && piece.StartsWith('\u2581'))
        {
            piece = piece[1..];
            // Where runs of spaces are removed, every space at the start goes, not only the first.
            spaceTaken = !settings.RemoveExtraWhitespaces;
        }

        return piece.Replace('\u2581', ' ');
    }

    private string PushByte(byte value)
    {
        pending[pendingCount++] = value;
        string text = "";
        while (pendingCount > 0 && !Utf8.IsUnfinished(pending.AsSpan(0, pendingCount))) text += TakeCharacter();
        return text;
    }

    private string FlushBytes()
    {
        string text = "";
        while (pendingCount > 0) text += TakeCharacter();
        if (text.Length > 0) anyText = true;
        return text;
    }

    /// <summary>Takes the first character of the pending bytes, or U+FFFD for one byte that begins none.</summary>
    private string TakeCharacter()
    {
        int length = Utf8.ValidLength(pending.AsSpan(0, pendingCount));
        string text = length == 0 ? "\uFFFD" : System.Text.Encoding.UTF8.GetString(pending, 0, length);
        int taken = Math.Max(length, 1);
        pending.AsSpan(taken, pendingCount - taken).CopyTo(pending);
        pendingCount -= taken;
        return text;
    }
}

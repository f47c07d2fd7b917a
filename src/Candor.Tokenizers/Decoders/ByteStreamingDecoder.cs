using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Candor.Tokenizers.Decoders;

/// <summary>Streams tokens that are bytes: text is shown once its last character is whole. What is shown is never taken back.</summary>
internal sealed class ByteStreamingDecoder(Func<int, string?> spelling) : StreamingDecoder
{
    /// <summary>Whole characters before an unfinished one wait with it, but not more than this many bytes.</summary>
    private const int MaxHeld = 64;

    private readonly List<byte> _held = [];

    /// <inheritdoc/>
    public override string Push(int id)
    {
        if (spelling(id) is not { } token) return "";
        ByteLevelDecoder.AppendBytes(token, _held);
        int unfinished = Unfinished(CollectionsMarshal.AsSpan(_held));
        return unfinished > 0 && _held.Count <= MaxHeld ? "" : Take(_held.Count - unfinished);
    }

    /// <inheritdoc/>
    public override string Flush() => Take(_held.Count);

    /// <summary>How many bytes at the end are the beginning of a character.</summary>
    public static int Unfinished(ReadOnlySpan<byte> utf8)
    {
        for (int back = 1; back <= Math.Min(3, utf8.Length); back++)
        {
            if ((utf8[^back] & 0xC0) == 0x80) continue;
            return Rune.DecodeFromUtf8(utf8[^back..], out _, out _) == OperationStatus.NeedMoreData ? back : 0;
        }

        return 0;
    }

    private string Take(int count)
    {
        string text = System.Text.Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_held)[..count]);
        _held.RemoveRange(0, count);
        return text;
    }
}

using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Decoders;

/// <summary>Reads visible characters back as bytes of UTF-8; broken ones become U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        var bytes = new List<byte>();
        foreach (string piece in pieces) AppendBytes(piece, bytes);
        pieces.Clear();
        pieces.Add(System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)));
    }

    /// <summary>Appends the bytes that a token stands for: its own UTF-8 where a character stands for no byte.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        int start = bytes.Count;
        foreach (char c in token)
        {
            int value = ByteAlphabet.Byte(c);
            if (value < 0)
            {
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                return;
            }

            bytes.Add((byte)value);
        }
    }
}

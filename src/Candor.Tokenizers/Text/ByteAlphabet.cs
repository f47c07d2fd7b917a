namespace Candor.Tokenizers.Text;

/// <summary>
/// GPT-2's alphabet of bytes: visible Latin-1 characters stand for themselves, the other 68 bytes for U+0100 and up.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly int[] Characters = new int[256];
    private static readonly short[] Bytes = new short[0x200];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        int next = 0x100;
        for (int b = 0; b < 256; b++)
        {
            bool visible = b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            Characters[b] = visible ? b : next++;
            Bytes[Characters[b]] = (short)b;
        }
    }

    /// <summary>The character of the space's byte.</summary>
    public static int Space => Characters[' '];

    /// <summary>The character that stands for a byte.</summary>
    public static int Character(byte value) => Characters[value];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int Byte(int character) => (uint)character < (uint)Bytes.Length ? Bytes[character] : -1;
}

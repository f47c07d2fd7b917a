namespace Candor.Tokenizers.SentencePiece;

/// <summary>A growing text in UTF-8 that remembers from which byte of the original each of its bytes came.</summary>
internal sealed class NormalizedText(int capacity)
{
    private byte[] bytes = new byte[Math.Max(capacity, 16)];
    private int[] origins = new int[Math.Max(capacity, 16) + 1];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    /// <summary>Origin of each byte; the element at <see cref="Length"/> is the end of the last one.</summary>
    public ReadOnlySpan<int> Origins => origins.AsSpan(0, Length + 1);

    public void Append(byte value, int origin)
    {
        if (Length == bytes.Length)
        {
            int larger = checked(2 * Length);
            Array.Resize(ref bytes, larger);
            Array.Resize(ref origins, larger + 1);
        }

        bytes[Length] = value;
        origins[Length++] = origin;
    }

    public void Append(ReadOnlySpan<byte> values, int origin)
    {
        foreach (byte value in values) Append(value, origin);
    }

    public void Truncate(int length) => Length = length;

    /// <summary>Notes where the last byte ends in the original.</summary>
    public void End(int origin) => origins[Length] = origin;
}

using System.Buffers.Binary;

namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// Walks the fields of one protocol-buffer message in place. Every length is checked against the bytes that remain, so a
/// damaged message ends in a <see cref="TokenizerFormatException"/> and never allocates.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string source, string where)
{
    private readonly ReadOnlySpan<byte> message = message;
    private int position;

    /// <summary>Number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Its wire type: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.</summary>
    public int Wire { get; private set; }

    /// <summary>Its value where the wire type is 0, 1 or 5.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its bytes where the wire type is 2.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field; false at the message's end.</summary>
    public bool Next()
    {
        if (position >= message.Length) return false;
        ulong key = Varint();
        if (key >> 3 is 0 or > 536_870_911) throw Fault($"field number {key >> 3} is out of range");
        Field = (int)(key >> 3);
        Wire = (int)(key & 7);
        Bytes = default;
        Number = 0;
        switch (Wire)
        {
            case 0: Number = Varint(); break;
            case 1: Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case 2: Bytes = Take(Varint()); break;
            case 5: Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            default: throw Fault($"field {Field} has wire type {Wire}; expected 0, 1, 2 or 5");
        }

        return true;
    }

    /// <summary>The current field as a 32-bit integer.</summary>
    public readonly int Int32() => Wire == 0 ? (int)Number : throw Fault($"field {Field} has wire type {Wire}; expected a varint");

    /// <summary>The current field as a boolean.</summary>
    public readonly bool Bool() => Wire == 0 ? Number != 0 : throw Fault($"field {Field} has wire type {Wire}; expected a varint");

    /// <summary>The current field as a 32-bit float.</summary>
    public readonly float Single() =>
        Wire == 5 ? BitConverter.UInt32BitsToSingle((uint)Number) : throw Fault($"field {Field} has wire type {Wire}; expected a float");

    /// <summary>The bytes of the current field, which must be length-delimited.</summary>
    public readonly ReadOnlySpan<byte> Delimited() =>
        Wire == 2 ? Bytes : throw Fault($"field {Field} has wire type {Wire}; expected bytes");

    /// <summary>The current field as a string.</summary>
    public readonly string Text() => Utf8.Decode(Delimited()) ?? throw Fault($"field {Field} is not valid UTF-8");

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (position >= message.Length) throw Fault("the message ends inside a number");
            byte b = message[position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }

        throw Fault("a number is longer than ten bytes");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(message.Length - position)) throw Fault($"field {Field} asks for {count} bytes, {message.Length - position} remain");
        ReadOnlySpan<byte> taken = message.Slice(position, (int)count);
        position += (int)count;
        return taken;
    }

    private readonly TokenizerFormatException Fault(string problem) => new(source, where, $"at byte {position}: {problem}");
}

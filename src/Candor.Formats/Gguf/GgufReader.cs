using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Candor.Formats;

/// <summary>Reads the head of a GGUF file, or one encoded value, front to back; looks at the bytes that remain before each step.</summary>
internal ref struct GgufReader
{
    /// <summary>How deep arrays may lie in arrays.</summary>
    public const int DepthLimit = 8;

    /// <summary>The most bytes of a key or of a tensor's name.</summary>
    private const int NameLimit = 65535;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly string file;

    /// <summary>Starts at the first byte.</summary>
    public GgufReader(ReadOnlySpan<byte> bytes, string file)
    {
        this.bytes = bytes;
        this.file = file;
        Where = "header";
    }

    /// <summary>What is being read, for messages: the header, a key or a tensor.</summary>
    public string Where { get; set; }

    /// <summary>The offset of the next byte.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => bytes.Length - Position;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>A count of things that take at least <paramref name="least"/> bytes each.</summary>
    public int Count(int least, string what)
    {
        int at = Position;
        ulong count = UInt64(what);
        if (count > (ulong)(Remaining / least))
            throw Fault(at, $"{what} is {count}, but the {Remaining} bytes that remain hold at most {Remaining / least}");
        return (int)count;
    }

    /// <summary>The bytes of a string.</summary>
    public ReadOnlySpan<byte> String(string what)
    {
        int at = Position;
        ulong length = UInt64(what);
        if (length > (ulong)Remaining)
            throw Fault(at, $"the length of {what} is {length}, but only {Remaining} bytes remain");
        return Take((int)length, what);
    }

    /// <summary>A key or a tensor's name: not empty, at most 65535 bytes, UTF-8.</summary>
    public string Name(string what)
    {
        int at = Position;
        ReadOnlySpan<byte> utf8 = String(what);
        if (utf8.IsEmpty) throw Fault(at, $"{what} is empty");
        if (utf8.Length > NameLimit) throw Fault(at, $"{what} has {utf8.Length} bytes, at most {NameLimit} are allowed");
        if (!Utf8.IsValid(utf8)) throw Fault(at, $"{what} is not UTF-8");
        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>A value's type.</summary>
    public GgufValueType ValueType()
    {
        int at = Position;
        uint number = UInt32("the value type");
        var type = (GgufValueType)number;
        return number <= (uint)GgufValueType.Float64 ? type : throw Fault(at, $"value type {number} is unknown, 0 to 12 are expected");
    }

    /// <summary>Steps over a value of a type.</summary>
    public void Skip(GgufValueType type, int depth = 0)
    {
        switch (type)
        {
            case GgufValueType.String:
                String("a string");
                break;
            case GgufValueType.Array:
                if (depth == DepthLimit) throw Fault(Position, $"arrays lie in arrays more than {DepthLimit} deep");
                GgufValueType element = ValueType();
                int count = Count(element.LeastBytes(), "the array's length");
                int size = element.FixedBytes();
                if (size != 0) Take(count * size, "the array");
                else
                    for (int i = 0; i < count; i++) Skip(element, depth + 1);
                break;
            default:
                Take(type.FixedBytes(), "the value");
                break;
        }
    }

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(int count, string what)
    {
        if (count > Remaining)
            throw Fault(Position, $"the file ends inside {what}: {count} bytes are expected, {Remaining} remain");
        ReadOnlySpan<byte> taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <summary>A fault at an offset.</summary>
    public readonly ModelFormatException Fault(int offset, string problem) => new(file, $"{Where}, byte {offset}", problem);
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>
/// A metadata value in its encoded form: a number, a string or an array, made here or lying in a mapped file.
/// Decoding happens when asked for, so that large arrays cost nothing until they are used. Immutable and thread-safe; a
/// value out of a file is readable until the file is disposed.
/// </summary>
/// <remarks>The <c>TryGet…</c> methods return false where the value has another type, or does not fit.</remarks>
public sealed unsafe partial class GgufValue : IEquatable<GgufValue>
{
    private const int ArrayHead = 12;
    private readonly byte[]? bytes;
    private readonly MappedFile? map;
    private readonly int offset;
    private readonly int length;

    private GgufValue(GgufValueType type, byte[] bytes)
        : this(type) => (this.bytes, length) = (bytes, bytes.Length);

    /// <summary>A value that lies in a mapped file, already walked over by <see cref="GgufReader.Skip"/>.</summary>
    internal GgufValue(GgufValueType type, MappedFile map, int offset, int length)
        : this(type) => (this.map, this.offset, this.length) = (map, offset, length);

    private GgufValue(GgufValueType type) => Type = type;

    /// <summary>The value's type.</summary>
    public GgufValueType Type { get; }

    /// <summary>The type of an array's elements; of other values, their own type.</summary>
    public GgufValueType ElementType =>
        Type is GgufValueType.Array ? (GgufValueType)BinaryPrimitives.ReadUInt32LittleEndian(Encoded) : Type;

    /// <summary>An array's elements; 1 for other values.</summary>
    public int Count => Type is GgufValueType.Array ? (int)BinaryPrimitives.ReadUInt64LittleEndian(Encoded[4..]) : 1;

    /// <summary>The value as the format encodes it, without its type.</summary>
    internal ReadOnlySpan<byte> Encoded
    {
        get
        {
            if (bytes is not null) return bytes;
            ObjectDisposedException.ThrowIf(map!.Pointer is null, typeof(GgufFile));
            return new ReadOnlySpan<byte>(map.Pointer + offset, length);
        }
    }

    private ReadOnlySpan<byte> Elements => Type is GgufValueType.Array ? Encoded[ArrayHead..] : Encoded;

    /// <summary>The value of any integer type, if it fits.</summary>
    public bool TryGetInt64(out long value)
    {
        value = 0;
        return Type.IsInteger() && TryReadInteger(Type, Encoded, out value);
    }

    /// <summary>The value of any integer type, if it fits.</summary>
    public bool TryGetUInt64(out ulong value)
    {
        if (Type is GgufValueType.UInt64)
        {
            value = BinaryPrimitives.ReadUInt64LittleEndian(Encoded);
            return true;
        }

        bool fits = TryGetInt64(out long signed) && signed >= 0;
        value = fits ? (ulong)signed : 0;
        return fits;
    }

    /// <summary>The value of any floating-point or integer type.</summary>
    public bool TryGetDouble(out double value)
    {
        value = 0;
        return Type is not (GgufValueType.Array or GgufValueType.String or GgufValueType.Bool) && TryReadNumber(Type, Encoded, out value);
    }

    /// <summary>A boolean; any byte but 0 is true.</summary>
    public bool TryGetBool(out bool value)
    {
        value = Type is GgufValueType.Bool && Encoded[0] != 0;
        return Type is GgufValueType.Bool;
    }

    /// <summary>A string. Bytes that are not UTF-8 become U+FFFD; <see cref="TryGetUtf8"/> has them as they are.</summary>
    public bool TryGetString(out string value)
    {
        bool found = TryGetUtf8(out ReadOnlySpan<byte> utf8);
        value = found ? Encoding.UTF8.GetString(utf8) : "";
        return found;
    }

    /// <summary>The bytes of a string.</summary>
    public bool TryGetUtf8(out ReadOnlySpan<byte> utf8)
    {
        utf8 = Type is GgufValueType.String ? new GgufReader(Encoded, "value").String("a string") : default;
        return Type is GgufValueType.String;
    }

    /// <summary>All strings of an array of strings.</summary>
    public bool TryGetStrings(out string[] values)
    {
        values = [];
        if (Type is not GgufValueType.Array || ElementType is not GgufValueType.String) return false;
        int i = 0;
        values = new string[Count];
        foreach (ReadOnlySpan<byte> utf8 in EnumerateUtf8()) values[i++] = Encoding.UTF8.GetString(utf8);
        return true;
    }

    /// <summary>The bytes of each string of an array of strings, without decoding or copying; of other values, nothing.</summary>
    public Utf8Enumerator EnumerateUtf8() =>
        Type is GgufValueType.Array && ElementType is GgufValueType.String ? new(Elements, Count) : new(default, 0);

    /// <summary>All elements of an array of any integer type, if each fits.</summary>
    public bool TryGetInt32s(out int[] values)
    {
        values = [];
        GgufValueType element = ElementType;
        if (Type is not GgufValueType.Array || !element.IsInteger()) return false;
        ReadOnlySpan<byte> data = Elements;
        var read = new int[Count];
        if (element is GgufValueType.Int32) data[..(read.Length * 4)].CopyTo(MemoryMarshal.AsBytes(read.AsSpan()));
        else
        {
            int size = element.FixedBytes();
            for (int i = 0; i < read.Length; i++)
            {
                if (!TryReadInteger(element, data[(i * size)..], out long value) || value != (int)value) return false;
                read[i] = (int)value;
            }
        }

        values = read;
        return true;
    }

    /// <summary>All elements of an array of any floating-point or integer type, rounded to single precision.</summary>
    public bool TryGetSingles(out float[] values)
    {
        values = [];
        GgufValueType element = ElementType;
        if (Type is not GgufValueType.Array || element is GgufValueType.Bool or GgufValueType.String or GgufValueType.Array) return false;
        ReadOnlySpan<byte> data = Elements;
        values = new float[Count];
        if (element is GgufValueType.Float32) data[..(values.Length * 4)].CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else
        {
            int size = element.FixedBytes();
            for (int i = 0; i < values.Length; i++)
            {
                TryReadNumber(element, data[(i * size)..], out double value);
                values[i] = (float)value;
            }
        }

        return true;
    }

    /// <summary>All elements of an array of booleans.</summary>
    public bool TryGetBools(out bool[] values)
    {
        values = [];
        if (Type is not GgufValueType.Array || ElementType is not GgufValueType.Bool) return false;
        ReadOnlySpan<byte> data = Elements;
        values = new bool[Count];
        for (int i = 0; i < values.Length; i++) values[i] = data[i] != 0;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(GgufValue? other) =>
        other is not null && (ReferenceEquals(this, other) || (Type == other.Type && Encoded.SequenceEqual(other.Encoded)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GgufValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Type);
        hash.AddBytes(Encoded);
        return hash.ToHashCode();
    }

    private static bool TryReadInteger(GgufValueType type, ReadOnlySpan<byte> from, out long value)
    {
        value = type switch
        {
            GgufValueType.UInt8 => from[0],
            GgufValueType.Int8 => (sbyte)from[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(from),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(from),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(from),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(from),
            _ => BinaryPrimitives.ReadInt64LittleEndian(from),
        };
        return type is not GgufValueType.UInt64 || value >= 0;
    }

    private static bool TryReadNumber(GgufValueType type, ReadOnlySpan<byte> from, out double value)
    {
        value = type switch
        {
            GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(from),
            GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(from),
            GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(from),
            _ => TryReadInteger(type, from, out long integer) ? integer : 0,
        };
        return true;
    }

    /// <summary>Walks over the strings of an array.</summary>
    public ref struct Utf8Enumerator
    {
        private readonly int count;
        private GgufReader reader;
        private int index;

        internal Utf8Enumerator(ReadOnlySpan<byte> elements, int count)
        {
            reader = new GgufReader(elements, "value");
            this.count = count;
        }

        /// <summary>The bytes of the string at hand.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Goes to the next string, if there is one.</summary>
        public bool MoveNext()
        {
            if (index == count) return false;
            index++;
            Current = reader.String("a string");
            return true;
        }

        /// <summary>This enumerator.</summary>
        public readonly Utf8Enumerator GetEnumerator() => this;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Candor.Formats;

/// <content>Making values, and showing them as JSON.</content>
public sealed partial class GgufValue
{
    /// <summary>A number or a boolean: <typeparamref name="T"/> is a primitive integer type of 8 to 64 bits, float, double or bool.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static GgufValue Of<T>(T value) where T : unmanaged =>
        new(TypeOf<T>(), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    /// <summary>A string.</summary>
    public static GgufValue Of(string value)
    {
        var buffer = new MemoryStream();
        Write(buffer, value);
        return new(GgufValueType.String, buffer.ToArray());
    }

    /// <summary>An array of numbers or booleans; <typeparamref name="T"/> as in <see cref="Of{T}(T)"/>.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static GgufValue OfArray<T>(params ReadOnlySpan<T> values) where T : unmanaged
    {
        MemoryStream buffer = Head(TypeOf<T>(), values.Length);
        buffer.Write(MemoryMarshal.AsBytes(values));
        return new(GgufValueType.Array, buffer.ToArray());
    }

    /// <summary>An array of strings.</summary>
    public static GgufValue OfArray(IReadOnlyCollection<string> values)
    {
        MemoryStream buffer = Head(GgufValueType.String, values.Count);
        foreach (string value in values) Write(buffer, value);
        return new(GgufValueType.Array, buffer.ToArray());
    }

    /// <summary>An array of values of one type, which may be arrays.</summary>
    /// <exception cref="ArgumentException">A value has another type, or arrays lie more than 8 deep.</exception>
    public static GgufValue OfArray(GgufValueType elementType, IReadOnlyCollection<GgufValue> values)
    {
        MemoryStream buffer = Head(elementType, values.Count);
        foreach (GgufValue value in values)
        {
            if (value.Type != elementType) throw new ArgumentException($"a value is {value.Type}, the array's elements are {elementType}", nameof(values));
            buffer.Write(value.Encoded);
        }

        byte[] encoded = buffer.ToArray();
        try
        {
            new GgufReader(encoded, "array").Skip(GgufValueType.Array);
        }
        catch (ModelFormatException e)
        {
            throw new ArgumentException(e.Message, nameof(values), e);
        }

        return new(GgufValueType.Array, encoded);
    }

    /// <summary>
    /// Writes the value as JSON: numbers as numbers, arrays as arrays. Numbers that JSON does not have become the
    /// strings <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.
    /// </summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        var reader = new GgufReader(Encoded, "value");
        WriteTo(writer, ref reader, Type);
    }

    /// <summary>The value as JSON text.</summary>
    public override string ToString()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer)) WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteTo(Utf8JsonWriter writer, ref GgufReader reader, GgufValueType type)
    {
        switch (type)
        {
            case GgufValueType.String:
                writer.WriteStringValue(Encoding.UTF8.GetString(reader.String("a string")));
                break;
            case GgufValueType.Array:
                GgufValueType element = reader.ValueType();
                int count = reader.Count(element.LeastBytes(), "the array's length");
                writer.WriteStartArray();
                for (int i = 0; i < count; i++) WriteTo(writer, ref reader, element);
                writer.WriteEndArray();
                break;
            default:
                WriteNumber(writer, type, reader.Take(type.FixedBytes(), "the value"));
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, GgufValueType type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case GgufValueType.Bool:
                writer.WriteBooleanValue(data[0] != 0);
                break;
            case GgufValueType.UInt64:
                writer.WriteNumberValue(MemoryMarshal.Read<ulong>(data));
                break;
            case GgufValueType.Float32 when float.IsFinite(MemoryMarshal.Read<float>(data)):
                writer.WriteNumberValue(MemoryMarshal.Read<float>(data));
                break;
            case GgufValueType.Float32 or GgufValueType.Float64:
                TryReadNumber(type, data, out double number);
                if (double.IsFinite(number)) writer.WriteNumberValue(number);
                else writer.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
                break;
            default:
                TryReadInteger(type, data, out long integer);
                writer.WriteNumberValue(integer);
                break;
        }
    }

    private static MemoryStream Head(GgufValueType elementType, int count)
    {
        var buffer = new MemoryStream();
        buffer.Write(BitConverter.GetBytes((uint)elementType));
        buffer.Write(BitConverter.GetBytes((ulong)count));
        return buffer;
    }

    private static void Write(MemoryStream buffer, string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        buffer.Write(BitConverter.GetBytes((ulong)utf8.Length));
        buffer.Write(utf8);
    }

    private static GgufValueType TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(byte) ? GgufValueType.UInt8
        : typeof(T) == typeof(sbyte) ? GgufValueType.Int8
        : typeof(T) == typeof(ushort) ? GgufValueType.UInt16
        : typeof(T) == typeof(short) ? GgufValueType.Int16
        : typeof(T) == typeof(uint) ? GgufValueType.UInt32
        : typeof(T) == typeof(int) ? GgufValueType.Int32
        : typeof(T) == typeof(float) ? GgufValueType.Float32
        : typeof(T) == typeof(bool) ? GgufValueType.Bool
        : typeof(T) == typeof(ulong) ? GgufValueType.UInt64
        : typeof(T) == typeof(long) ? GgufValueType.Int64
        : typeof(T) == typeof(double) ? GgufValueType.Float64
        : throw new NotSupportedException($"GGUF metadata has no {typeof(T).Name}");
}

using System.Text;

namespace Candor.Formats.Tests;

/// <summary>Builds GGUF bytes field by field, right or wrong.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> bytes = [];
    private readonly List<byte> keys = [];
    private readonly List<byte> tensors = [];
    private int keyCount;
    private int tensorCount;

    public uint Version { get; set; } = 3;

    public ulong? Tensors { get; set; }

    public ulong? Keys { get; set; }

    public string Magic { get; set; } = "GGUF";

    /// <summary>Bytes of data after the padded head.</summary>
    public int Data { get; set; }

    public GgufBytes Key(string name, uint type, params byte[] value)
    {
        keyCount++;
        keys.AddRange([.. Text(name), .. BitConverter.GetBytes(type), .. value]);
        return this;
    }

    public GgufBytes Tensor(string name, ulong[] dimensions, uint type = 0, ulong offset = 0)
    {
        tensorCount++;
        tensors.AddRange([.. Text(name), .. BitConverter.GetBytes((uint)dimensions.Length), .. dimensions.SelectMany(BitConverter.GetBytes)]);
        tensors.AddRange([.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    public byte[] Build()
    {
        bytes.Clear();
        bytes.AddRange(Encoding.ASCII.GetBytes(Magic));
        bytes.AddRange(BitConverter.GetBytes(Version));
        bytes.AddRange(BitConverter.GetBytes(Tensors ?? (ulong)tensorCount));
        bytes.AddRange(BitConverter.GetBytes(Keys ?? (ulong)keyCount));
        bytes.AddRange(keys);
        bytes.AddRange(tensors);
        while (bytes.Count % 32 != 0) bytes.Add(0);
        bytes.AddRange(new byte[Data]);
        return [.. bytes];
    }

    /// <summary>A string as the format has it.</summary>
    public static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return [.. BitConverter.GetBytes((ulong)utf8.Length), .. utf8];
    }

    /// <summary>The head of an array.</summary>
    public static byte[] Array(uint type, ulong count) => [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(count)];
}

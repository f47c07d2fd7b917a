using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Candor.Peers;

/// <summary>Writes one tensor of floats as a safetensors file, row by row, so that a large one needs no second copy.</summary>
internal sealed class Safetensors : IDisposable
{
    private readonly string path, temporary;
    private readonly FileStream file;
    private long left;

    /// <param name="path">The file; it appears when <see cref="Finish"/> is called.</param>
    /// <param name="name">The tensor's name: letters, digits, dots, underscores.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Floats a row.</param>
    public Safetensors(string path, string name, int rows, int columns)
    {
        this.path = path;
        temporary = path + ".partial";
        left = (long)rows * columns * sizeof(float);
        string header = $"{{\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{rows},{columns}],\"data_offsets\":[0,{left}]}}}}";
        byte[] bytes = Encoding.UTF8.GetBytes(header.PadRight((header.Length + 7) / 8 * 8));
        file = File.Create(temporary);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        file.Write(length);
        file.Write(bytes);
    }

    public void Write(ReadOnlySpan<float> values)
    {
        left -= values.Length * sizeof(float);
        file.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Gives the file its name.</summary>
    public void Finish()
    {
        if (left != 0) throw new InvalidOperationException($"{path}: {left} bytes of the tensor are missing");
        file.Flush(flushToDisk: true);
        file.Dispose();
        File.Move(temporary, path, overwrite: true);
    }

    public void Dispose()
    {
        file.Dispose();
        File.Delete(temporary);
    }
}

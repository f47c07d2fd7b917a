using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Candor.Training;

/// <summary>
/// Numbers of a run's steps as TensorBoard reads them: records of a TFRecord file (length, masked CRC-32C, data, masked CRC-32C),
/// each an <c>Event</c> in Protocol Buffers with <c>wall_time</c> (1), <c>step</c> (2) and <c>file_version</c> (3) or <c>summary</c> (5) of values with
/// <c>tag</c> (1) and <c>simple_value</c> (2); see tensorflow/core/util/event.proto and framework/summary.proto.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private readonly FileStream stream;

    private TensorBoardFile(FileStream stream) => this.stream = stream;

    /// <summary>A file with the steps that were taken before; what was there is written anew.</summary>
    public static TensorBoardFile Create(string folder, IReadOnlyList<StepMetrics> before)
    {
        Directory.CreateDirectory(folder);
        foreach (string old in Directory.GetFiles(folder, "events.out.tfevents.*")) File.Delete(old);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var made = new TensorBoardFile(new FileStream(Path.Combine(folder, $"events.out.tfevents.{now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.candor"), FileMode.Create, FileAccess.Write, FileShare.Read));
        made.Record(Event(now, 0, 3, Encoding.UTF8.GetBytes("brain.Event:2")));
        foreach (StepMetrics metrics in before) made.Add(metrics);
        return made;
    }

    public void Add(StepMetrics metrics)
    {
        var summary = new MemoryStream();
        Span<byte> number = stackalloc byte[4];
        foreach ((string name, double value) in metrics.Values)
        {
            byte[] tag = Encoding.UTF8.GetBytes(name);
            var entry = new MemoryStream();
            Bytes(entry, 1, tag);
            entry.WriteByte((2 << 3) | 5);
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
            entry.Write(number);
            Bytes(summary, 1, entry.ToArray());
        }

        Record(Event(DateTimeOffset.UtcNow, metrics.Step, 5, summary.ToArray()));
        stream.Flush();
    }

    public void Dispose() => stream.Dispose();

    private static byte[] Event(DateTimeOffset time, long step, int field, byte[] content)
    {
        var data = new MemoryStream();
        data.WriteByte((1 << 3) | 1);
        Span<byte> seconds = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(seconds, time.ToUnixTimeMilliseconds() / 1000.0);
        data.Write(seconds);
        data.WriteByte(2 << 3);
        Varint(data, (ulong)step);
        Bytes(data, field, content);
        return data.ToArray();
    }

    private static void Bytes(MemoryStream data, int field, byte[] content)
    {
        data.WriteByte((byte)((field << 3) | 2));
        Varint(data, (ulong)content.Length);
        data.Write(content);
    }

    private static void Varint(MemoryStream data, ulong value)
    {
        for (; value >= 128; value >>= 7) data.WriteByte((byte)(value | 128));
        data.WriteByte((byte)value);
    }

    private void Record(byte[] data)
    {
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Masked(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Masked(data));
        stream.Write(head);
        stream.Write(data);
        stream.Write(tail);
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }
}

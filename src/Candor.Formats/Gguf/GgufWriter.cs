using System.Buffers.Binary;
using System.Text;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>
/// Writes GGUF files of version 3. Tensors are streamed, so memory does not grow with the model. A file appears whole
/// or not at all: when the disk is full or the process dies, whatever stood there before is left.
/// </summary>
public static class GgufWriter
{
    private const int DimensionLimit = 4;
    private const int TensorNameLimit = 63;
    private const int KeyLimit = 65535;
    private const string AlignmentKey = "general.alignment";

    /// <summary>Writes one file.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="metadata">Keys in the order of the file. <c>general.alignment</c> counts; <c>split.*</c> is left out.</param>
    /// <param name="tensors">Tensors in the order of the file.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <exception cref="ArgumentException">A name, type or shape is one that GGUF cannot hold, or occurs twice.</exception>
    /// <exception cref="IOException">The file cannot be written; the disk may be full.</exception>
    public static void Write(string path, GgufMetadata metadata, IReadOnlyList<TensorSource> tensors, CancellationToken cancellation = default)
    {
        int alignment = Check(metadata, tensors);
        AtomicFile.Write(path, stream => Write(stream, WithoutSplit(metadata), tensors, alignment, cancellation));
    }

    /// <summary>
    /// Writes a model in parts <c>PREFIX-00001-of-0000N.gguf</c>. The first part has the metadata; all have the keys
    /// <c>split.no</c>, <c>split.count</c> and <c>split.tensors.count</c>. The parts take their names when all are on disk.
    /// </summary>
    /// <param name="prefix">The path before the numbers.</param>
    /// <param name="metadata">As in <see cref="Write(string, GgufMetadata, IReadOnlyList{TensorSource}, CancellationToken)"/>.</param>
    /// <param name="tensors">Tensors in the order of the files.</param>
    /// <param name="maxPartBytes">A part takes no more tensors when their bytes would pass this; at least one each. 1 or more.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <returns>The files' paths, in order.</returns>
    /// <exception cref="ArgumentException">A name, type or shape is one that GGUF cannot hold, or occurs twice.</exception>
    /// <exception cref="IOException">A file cannot be written; the disk may be full.</exception>
    public static IReadOnlyList<string> WriteSplit(
        string prefix, GgufMetadata metadata, IReadOnlyList<TensorSource> tensors, long maxPartBytes, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPartBytes, 1);
        int alignment = Check(metadata, tensors);
        List<List<TensorSource>> groups = TensorGroups.BySize(tensors, maxPartBytes);
        if (groups.Count > ushort.MaxValue) throw new ArgumentException($"{groups.Count} parts are too many, at most {ushort.MaxValue} are possible", nameof(maxPartBytes));
        var name = new GgufSplitName(prefix, 1, groups.Count);
        string[] paths = [.. Enumerable.Range(1, groups.Count).Select(name.Part)];
        var files = new List<AtomicFile>();
        try
        {
            for (int i = 0; i < groups.Count; i++)
            {
                GgufMetadata part = i == 0 ? WithoutSplit(metadata) : new GgufMetadata();
                if (i > 0 && metadata.TryGetValue(AlignmentKey, out GgufValue? value)) part[AlignmentKey] = value;
                part["split.no"] = GgufValue.Of((ushort)i);
                part["split.count"] = GgufValue.Of((ushort)groups.Count);
                part["split.tensors.count"] = GgufValue.Of(tensors.Count);
                files.Add(new AtomicFile(paths[i]));
                Write(files[i].Stream, part, groups[i], alignment, cancellation);
                files[i].Flush();
            }

            foreach (AtomicFile file in files) file.Commit();
        }
        finally
        {
            foreach (AtomicFile file in files) file.Dispose();
        }

        return paths;
    }

    private static void Write(Stream stream, GgufMetadata metadata, IReadOnlyList<TensorSource> tensors, int alignment, CancellationToken cancellation)
    {
        var counting = new CountingStream(stream);
        WriteHeader(counting, metadata, tensors, alignment);
        foreach (TensorSource tensor in tensors)
        {
            cancellation.ThrowIfCancellationRequested();
            Pad(counting, alignment);
            tensor.WriteTo(counting);
        }

        Pad(counting, alignment);
    }

    private static void WriteHeader(Stream stream, GgufMetadata metadata, IReadOnlyList<TensorSource> tensors, int alignment)
    {
        stream.Write("GGUF"u8);
        WriteUInt32(stream, 3);
        WriteUInt64(stream, (ulong)tensors.Count);
        WriteUInt64(stream, (ulong)metadata.Count);
        foreach ((string key, GgufValue value) in metadata)
        {
            WriteString(stream, key);
            WriteUInt32(stream, (uint)value.Type);
            stream.Write(value.Encoded);
        }

        long offset = 0;
        foreach (TensorSource tensor in tensors)
        {
            WriteString(stream, tensor.Name);
            WriteUInt32(stream, (uint)tensor.Shape.Length);
            for (int d = tensor.Shape.Length - 1; d >= 0; d--) WriteUInt64(stream, (ulong)tensor.Shape[d]);
            WriteUInt32(stream, (uint)tensor.Type);
            WriteUInt64(stream, (ulong)offset);
            offset = checked(offset + (tensor.ByteLength + alignment - 1) / alignment * alignment);
        }
    }

    private static int Check(GgufMetadata metadata, IReadOnlyList<TensorSource> tensors)
    {
        foreach (string key in metadata.Keys)
            if (Encoding.UTF8.GetByteCount(key) > KeyLimit) throw new ArgumentException($"a key has more than {KeyLimit} bytes", nameof(metadata));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorSource t in tensors)
        {
            if (!names.Add(t.Name)) throw new ArgumentException($"the tensor {t.Name} occurs twice", nameof(tensors));
            if (Encoding.UTF8.GetByteCount(t.Name) > TensorNameLimit) throw new ArgumentException($"the tensor name {t.Name} has more than {TensorNameLimit} bytes", nameof(tensors));
            if (!t.Type.IsGguf()) throw new ArgumentException($"{t.Name} has the type {t.Type.Name()}, which GGUF does not have", nameof(tensors));
            if (t.Shape.Length > DimensionLimit) throw new ArgumentException($"{t.Name} has {t.Shape.Length} dimensions, GGUF has at most {DimensionLimit}", nameof(tensors));
            if ((t.Shape.IsEmpty ? 1 : t.Shape[^1]) % t.Type.BlockElements() != 0)
                throw new ArgumentException($"{t.Name} has rows of {t.Shape[^1]} elements, which is not a multiple of the {t.Type.BlockElements()} of a {t.Type} block", nameof(tensors));
        }

        if (!metadata.TryGetUInt32(AlignmentKey, out uint alignment)) return 32;
        return uint.IsPow2(alignment) && alignment <= 1 << 30 && metadata[AlignmentKey].Type is GgufValueType.UInt32
            ? (int)alignment
            : throw new ArgumentException($"{AlignmentKey} is {metadata[AlignmentKey].Type} {alignment}, a UInt32 power of two is expected", nameof(metadata));
    }

    private static GgufMetadata WithoutSplit(GgufMetadata metadata)
    {
        var copy = new GgufMetadata(metadata);
        copy.Remove("split.no");
        copy.Remove("split.count");
        copy.Remove("split.tensors.count");
        return copy;
    }

    private static void Pad(CountingStream stream, int alignment)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        for (long rest = (alignment - stream.Count % alignment) % alignment; rest > 0;)
        {
            int now = (int)Math.Min(rest, zeros.Length);
            stream.Write(zeros[..now]);
            rest -= now;
        }
    }

    private static void WriteString(Stream stream, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        WriteUInt64(stream, (ulong)utf8.Length);
        stream.Write(utf8);
    }

    private static void WriteUInt32(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void WriteUInt64(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}

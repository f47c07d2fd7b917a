using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>One mapped GGUF file: the whole model, or one part of a split one.</summary>
internal sealed unsafe class GgufPart : IDisposable
{
    private const int DimensionLimit = 4;
    private const int KeyLimit = 16384;
    private const int DefaultAlignment = 32;

    // key: length, a letter, type, a byte; tensor: length, a letter, count of dimensions, type, offset
    private const int LeastKeyBytes = 8 + 1 + 4 + 1;
    private const int LeastTensorBytes = 8 + 1 + 4 + 4 + 8;
    private readonly MappedFile file;

    /// <summary>Maps and checks a file.</summary>
    /// <exception cref="ModelFormatException">It is damaged, hostile or no GGUF file.</exception>
    public GgufPart(string path)
    {
        file = ModelFile.Map(path);
        try
        {
            Path = file.Path;
            var reader = new GgufReader(new ReadOnlySpan<byte>(file.Pointer, (int)Math.Min(file.Length, int.MaxValue)), path);
            Version = ReadVersion(ref reader, path);
            int tensors = reader.Count(LeastTensorBytes, "the number of tensors");
            int keys = reader.Count(LeastKeyBytes, "the number of metadata keys");
            if (keys > KeyLimit) throw new ModelFormatException(path, "header", $"has {keys} metadata keys, at most {KeyLimit} are allowed");
            Metadata = ReadMetadata(ref reader, path, keys);
            Alignment = ReadAlignment();
            Tensors = ReadTensors(ref reader, path, tensors);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public int Version { get; }

    public int Alignment { get; }

    public GgufMetadata Metadata { get; }

    public StoredTensor[] Tensors { get; }

    public long Length => file.Length;

    public void EnsureIntact()
    {
        if (!file.IsIntact) throw new ModelFormatException(Path, "", $"was truncated while it was open, {file.Length} bytes are expected");
    }

    public void Forget(byte* begin, long length) => file.Forget(begin, length);

    public void Dispose() => file.Dispose();

    private static int ReadVersion(ref GgufReader reader, string path)
    {
        ReadOnlySpan<byte> start = reader.Take(Math.Min(4, reader.Remaining), "the magic");
        if (!start.SequenceEqual("GGUF"u8))
        {
            ModelFile.RefusePickle(path, start);
            throw reader.Fault(0, $"the magic is {Convert.ToHexString(start)}, GGUF (47475546) is expected");
        }

        uint version = reader.UInt32("the version");
        if (version is 2 or 3) return (int)version;
        if ((version & 0xFFFF) == 0 && version != 0)
            throw reader.Fault(4, $"the file is big-endian (version {System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(version)} in that order), little-endian is expected");
        throw reader.Fault(4, $"the version is {version}, 2 or 3 is expected");
    }

    private GgufMetadata ReadMetadata(ref GgufReader reader, string path, int count)
    {
        var metadata = new GgufMetadata(path, Math.Min(count, 128));
        for (int i = 0; i < count; i++)
        {
            reader.Where = "metadata";
            int at = reader.Position;
            string key = reader.Name("a key");
            reader.Where = key;
            GgufValueType type = reader.ValueType();
            int start = reader.Position;
            reader.Skip(type);
            if (!metadata.TryAdd(key, new GgufValue(type, file, start, reader.Position - start))) throw reader.Fault(at, "this key occurs twice");
        }

        metadata.IsReadOnly = true;
        return metadata;
    }

    private int ReadAlignment()
    {
        const string Key = "general.alignment";
        if (!Metadata.TryGetValue(Key, out GgufValue? value)) return DefaultAlignment;
        if (value.Type is not GgufValueType.UInt32) throw Metadata.Fault(Key, $"has the type {value.Type}, UInt32 is expected");
        value.TryGetInt64(out long alignment);
        if (alignment is < 1 or > 1 << 30 || !long.IsPow2(alignment))
            throw Metadata.Fault(Key, string.Create(CultureInfo.InvariantCulture, $"is {alignment}, a power of two is expected"));
        return (int)alignment;
    }

    private StoredTensor[] ReadTensors(ref GgufReader reader, string path, int count)
    {
        // The lists grow with what was read: a count alone must not claim memory.
        var infos = new List<TensorInfo>();
        for (int i = 0; i < count; i++)
        {
            reader.Where = "tensors";
            string name = reader.Name("a tensor's name");
            reader.Where = name;
            ImmutableArray<long> shape = ReadShape(ref reader);
            ElementType type = ReadType(ref reader);
            long bytes = Bytes(ref reader, shape, type);
            infos.Add(new TensorInfo(name, type, shape, ReadOffset(ref reader), bytes));
        }

        RefuseOverlaps(path, infos);
        long data = (reader.Position + (long)Alignment - 1) / Alignment * Alignment;
        var tensors = new StoredTensor[count];
        for (int i = 0; i < count; i++)
        {
            TensorInfo t = infos[i];
            if (t.Start > file.Length - data || t.Bytes > file.Length - data - t.Start)
                throw new ModelFormatException(path, t.Name, $"{t.Bytes} bytes at offset {t.Start} of the data (byte {data} of the file) are expected, the file ends at byte {file.Length}");
            tensors[i] = new StoredTensor(t.Name, t.Type, t.Shape, path, file.Pointer + data + t.Start, t.Bytes);
        }

        return tensors;
    }

    /// <summary>Reads dimensions, which the file has innermost first.</summary>
    private static ImmutableArray<long> ReadShape(ref GgufReader reader)
    {
        int at = reader.Position;
        uint rank = reader.UInt32("the number of dimensions");
        if (rank > DimensionLimit) throw reader.Fault(at, $"has {rank} dimensions, at most {DimensionLimit} are allowed");
        var shape = new long[rank];
        for (int d = shape.Length - 1; d >= 0; d--) shape[d] = (long)reader.UInt64("a dimension");
        if (!TensorShape.TryCount(shape, out _))
            throw reader.Fault(at, $"the dimensions {TensorShape.Text(shape)} are negative or have too large a product");
        return ImmutableCollectionsMarshal.AsImmutableArray(shape);
    }

    private static ElementType ReadType(ref GgufReader reader)
    {
        int at = reader.Position;
        uint number = reader.UInt32("the tensor type");
        var type = (ElementType)number;
        return number < 1000 && ElementTypes.IsKnown(type) ? type : throw reader.Fault(at, $"tensor type {number} is unknown");
    }

    private static long Bytes(ref GgufReader reader, ImmutableArray<long> shape, ElementType type)
    {
        int block = type.BlockElements();
        long columns = shape.IsEmpty ? 1 : shape[^1];
        if (columns % block != 0)
            throw reader.Fault(reader.Position, $"a row has {columns} elements, which is not a multiple of the {block} of a {type} block");
        TensorShape.TryCount(shape.AsSpan(), out long elements);
        long blocks = elements / block;
        return blocks <= long.MaxValue / type.BlockBytes()
            ? blocks * type.BlockBytes()
            : throw reader.Fault(reader.Position, $"the dimensions {TensorShape.Text(shape)} have too large a product");
    }

    private long ReadOffset(ref GgufReader reader)
    {
        int at = reader.Position;
        ulong offset = reader.UInt64("the offset");
        if (offset > long.MaxValue) throw reader.Fault(at, $"the offset {offset} lies beyond the file's end at byte {file.Length}");
        if ((long)offset % Alignment != 0) throw reader.Fault(at, $"the offset {offset} is not a multiple of the alignment {Alignment}");
        return (long)offset;
    }

    private static void RefuseOverlaps(string path, List<TensorInfo> infos)
    {
        // Files list tensors in the order of their data, nearly always.
        bool ordered = true;
        for (int i = 1; i < infos.Count && ordered; i++) ordered = infos[i].Start >= infos[i - 1].Start;
        IEnumerable<TensorInfo> inOrder = ordered ? infos : infos.OrderBy(t => t.Start);
        string last = "";
        long end = 0;
        foreach (TensorInfo t in inOrder)
        {
            if (t.Bytes == 0) continue;
            if (t.Start < end) throw new ModelFormatException(path, t.Name, $"its data at offset {t.Start} overlaps that of {ModelFile.Quote(last)}");
            (last, end) = (t.Name, t.Bytes <= long.MaxValue - t.Start ? t.Start + t.Bytes : long.MaxValue);
        }
    }

    private readonly record struct TensorInfo(string Name, ElementType Type, ImmutableArray<long> Shape, long Start, long Bytes);
}

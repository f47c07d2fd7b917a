using System.Buffers.Binary;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>
/// Writes safetensors files. Tensors are streamed, so memory does not grow with the model. The bytes depend on the
/// tensors and metadata alone, not on their order. A file appears whole or not at all: when the disk is full or the
/// process dies, whatever stood there before is left.
/// </summary>
public static class SafetensorsWriter
{
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one file: wider element types first, then by name.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; left out where null or empty.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <exception cref="ArgumentException">A name or type is one that safetensors cannot hold, a name occurs twice, or there are too many tensors.</exception>
    /// <exception cref="IOException">The file cannot be written; the disk may be full.</exception>
    public static void Write(
        string path, IEnumerable<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellation = default)
    {
        TensorSource[] ordered = InOrder(tensors);
        AtomicFile.Write(path, stream => Write(stream, ordered, metadata, cancellation));
    }

    /// <summary>
    /// Writes a model into a folder: <c>model.safetensors</c> where it fits in one file, otherwise shards
    /// <c>model-00001-of-0000N.safetensors</c> and their index, which takes its name last.
    /// </summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="tensors">The tensors, which fill the shards in this order.</param>
    /// <param name="maxShardBytes">A shard takes no more tensors when their bytes would pass this; at least one each. 1 or more.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c> of each file.</param>
    /// <param name="cancellation">Stops between tensors; nothing is left behind.</param>
    /// <returns>The weight files' paths.</returns>
    /// <remarks>An index of an earlier, larger model in the folder is removed when a single file replaces it, since readers prefer an index.</remarks>
    /// <exception cref="ArgumentException">As in <see cref="Write(string, IEnumerable{TensorSource}, IReadOnlyDictionary{string, string}?, CancellationToken)"/>.</exception>
    /// <exception cref="IOException">A file cannot be written; the disk may be full.</exception>
    public static IReadOnlyList<string> WriteModel(
        string folder, IReadOnlyList<TensorSource> tensors, long maxShardBytes, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        InOrder(tensors);
        Directory.CreateDirectory(folder);
        List<List<TensorSource>> groups = TensorGroups.BySize(tensors, maxShardBytes);
        if (groups.Count == 1)
        {
            string single = Path.Combine(folder, SingleName);
            Write(single, tensors, metadata, cancellation);
            File.Delete(Path.Combine(folder, IndexName));
            return [single];
        }

        string[] names = [.. Enumerable.Range(1, groups.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i:D5}-of-{groups.Count:D5}.safetensors"))];
        var files = new List<AtomicFile>();
        try
        {
            for (int i = 0; i < groups.Count; i++)
            {
                files.Add(new AtomicFile(Path.Combine(folder, names[i])));
                Write(files[i].Stream, InOrder(groups[i]), metadata, cancellation);
                files[i].Flush();
            }

            files.Add(new AtomicFile(Path.Combine(folder, IndexName)));
            WriteIndex(files[^1].Stream, groups, names);
            files[^1].Flush();
            foreach (AtomicFile file in files) file.Commit();
        }
        finally
        {
            foreach (AtomicFile file in files) file.Dispose();
        }

        return [.. names.Select(n => Path.Combine(folder, n))];
    }

    private static void Write(Stream stream, TensorSource[] ordered, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellation)
    {
        byte[] header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (TensorSource tensor in ordered)
        {
            cancellation.ThrowIfCancellationRequested();
            tensor.WriteTo(stream);
        }
    }

    private static TensorSource[] InOrder(IEnumerable<TensorSource> tensors)
    {
        TensorSource[] ordered = [.. tensors.OrderByDescending(t => t.Type.BlockElements() == 1 ? t.Type.BlockBytes() : 0).ThenBy(t => t.Name, StringComparer.Ordinal)];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorSource t in ordered)
        {
            if (t.Name == "__metadata__") throw new ArgumentException("__metadata__ cannot be a tensor's name", nameof(tensors));
            if (!names.Add(t.Name)) throw new ArgumentException($"the tensor {t.Name} occurs twice", nameof(tensors));
            if (!SafetensorsTypes.IsSupported(t.Type)) throw new ArgumentException($"{t.Name} has the type {t.Type.Name()}, which safetensors does not have", nameof(tensors));
        }

        return ordered;
    }

    private static byte[] Header(TensorSource[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (TensorSource t in tensors)
            {
                json.WriteStartObject(t.Name);
                json.WriteString("dtype", t.Type.Name());
                json.WriteStartArray("shape");
                foreach (long d in t.Shape) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + t.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces keep the data on a multiple of 8 bytes.
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.Length <= SafetensorsFile.HeaderLimit
            ? buffer.ToArray()
            : throw new ArgumentException($"the header would have {buffer.Length} bytes, at most {SafetensorsFile.HeaderLimit} are allowed", nameof(tensors));
    }

    private static void WriteIndex(Stream stream, List<List<TensorSource>> groups, string[] names)
    {
        using var json = new Utf8JsonWriter(stream, Options with { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", groups.Sum(g => g.Sum(t => t.ByteLength)));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        IEnumerable<(string Tensor, string File)> map = groups.SelectMany((g, i) => g.Select(t => (t.Name, names[i])));
        foreach ((string tensor, string file) in map.OrderBy(m => m.Tensor, StringComparer.Ordinal)) json.WriteString(tensor, file);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

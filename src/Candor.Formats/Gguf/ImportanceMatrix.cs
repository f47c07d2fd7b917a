using System.Collections.Immutable;
using System.Text;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>What a matrix's inputs were like over a text.</summary>
/// <param name="SquareSums">Sums of squares of each input, <c>[experts, columns]</c>; one expert where the matrix is no stack.</param>
/// <param name="Counts">How many rows each expert saw, <c>[experts]</c>, or one number for all.</param>
public sealed record ImportanceEntry(float[] SquareSums, float[] Counts);

/// <summary>
/// An importance matrix: for each weight matrix the mean square of every input over a text, which says how much an error in that
/// column costs. Read from the GGUF files that llama.cpp and Candor write, and from llama.cpp's older binary ones; written as GGUF.
/// </summary>
public sealed class ImportanceMatrix
{
    private const string SumsEnding = ".in_sum2", CountsEnding = ".counts";
    private const int NameLimit = 1024, EntryLimit = 1 << 20;

    /// <summary>Makes one from measurements.</summary>
    /// <param name="entries">By the tensors' names.</param>
    /// <param name="datasets">What texts they come from.</param>
    /// <param name="chunks">How many pieces of text; 0 where not known.</param>
    /// <param name="chunkTokens">Tokens of a piece; 0 where not known.</param>
    public ImportanceMatrix(IReadOnlyDictionary<string, ImportanceEntry> entries, IReadOnlyList<string> datasets, int chunks, int chunkTokens) =>
        (Entries, Datasets, Chunks, ChunkTokens) = (entries, datasets, chunks, chunkTokens);

    /// <summary>The measurements, by the tensors' names.</summary>
    public IReadOnlyDictionary<string, ImportanceEntry> Entries { get; }

    /// <summary>What texts they come from.</summary>
    public IReadOnlyList<string> Datasets { get; }

    /// <summary>How many pieces of text; 0 where not known.</summary>
    public int Chunks { get; }

    /// <summary>Tokens of a piece; 0 where not known.</summary>
    public int ChunkTokens { get; }

    /// <summary>Reads a file of either kind.</summary>
    /// <exception cref="ModelFormatException">It is no importance matrix, damaged, or holds numbers that are not finite or below 0.</exception>
    public static ImportanceMatrix Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Span<byte> magic = stackalloc byte[4];
        using (FileStream stream = File.OpenRead(path))
        {
            if (stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4) throw new ModelFormatException(path, "", "too short for an importance matrix");
        }

        ImportanceMatrix matrix = magic.SequenceEqual("GGUF"u8) ? ReadGguf(path) : ReadBinary(path);
        if (matrix.Entries.Count == 0) throw new ModelFormatException(path, "", "holds no tensors of an importance matrix");
        foreach ((string name, ImportanceEntry entry) in matrix.Entries)
            if (entry.SquareSums.Concat(entry.Counts).Any(v => !float.IsFinite(v) || v < 0))
                throw new ModelFormatException(path, name, "a number is not finite or below 0");
        return matrix;
    }

    /// <summary>Writes a GGUF file that llama.cpp reads too.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path)
    {
        var metadata = new GgufMetadata
        {
            ["general.type"] = GgufValue.Of("imatrix"), ["imatrix.datasets"] = GgufValue.OfArray(Datasets),
            ["imatrix.chunk_count"] = GgufValue.Of((uint)Chunks), ["imatrix.chunk_size"] = GgufValue.Of((uint)ChunkTokens),
        };
        var tensors = new List<TensorSource>();
        foreach ((string name, ImportanceEntry entry) in Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            long experts = entry.Counts.Length;
            tensors.Add(TensorSource.From(name + SumsEnding, ImmutableArray.Create(experts, entry.SquareSums.Length / experts), entry.SquareSums));
            tensors.Add(TensorSource.From(name + CountsEnding, ImmutableArray.Create(experts, 1L), entry.Counts));
        }

        GgufWriter.Write(path, metadata, tensors);
    }

    /// <summary>
    /// The mean square of each input of a matrix; 1 throughout for an expert that saw nothing. Null where the matrix was not measured.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="experts">How many matrices the tensor stacks; 1 for none.</param>
    /// <param name="columns">Inputs.</param>
    /// <exception cref="ModelFormatException">It was measured with other inputs.</exception>
    public float[]? Of(string name, int experts, int columns)
    {
        if (!Entries.TryGetValue(name, out ImportanceEntry? entry)) return null;
        if (entry.SquareSums.Length != experts * columns || (entry.Counts.Length != 1 && entry.Counts.Length != experts))
            throw new ModelFormatException("importance matrix", name, $"has {entry.SquareSums.Length} inputs, the tensor {experts * columns}: it was made for another model");
        var means = new float[experts * columns];
        for (int i = 0; i < means.Length; i++)
        {
            float count = entry.Counts[entry.Counts.Length == 1 ? 0 : i / columns];
            means[i] = count > 0 ? entry.SquareSums[i] / count : 1;
        }

        return means;
    }

    private static ImportanceMatrix ReadGguf(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        var entries = new Dictionary<string, ImportanceEntry>(StringComparer.Ordinal);
        foreach (StoredTensor sums in file.Tensors.Values.Where(t => t.Name.EndsWith(SumsEnding, StringComparison.Ordinal)))
        {
            string name = sums.Name[..^SumsEnding.Length];
            if (!file.Tensors.TryGetValue(name + CountsEnding, out StoredTensor? counts)) throw new ModelFormatException(path, name, $"has no tensor {name}{CountsEnding}");
            var entry = new ImportanceEntry(TensorReader.ToArray(sums), TensorReader.ToArray(counts));
            if (entry.Counts.Length == 0 || entry.SquareSums.Length % entry.Counts.Length != 0) throw new ModelFormatException(path, name, "counts and sums do not fit together");
            entries[name] = entry;
        }

        file.Metadata.TryGetStrings("imatrix.datasets", out string[] datasets);
        return new ImportanceMatrix(entries, datasets ?? [], file.Metadata.GetInt32("imatrix.chunk_count", 0), file.Metadata.GetInt32("imatrix.chunk_size", 0));
    }

    // Older files: a number of entries, each with its name, how many times it was seen, and the means times that number.
    private static ImportanceMatrix ReadBinary(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        var entries = new Dictionary<string, ImportanceEntry>(StringComparer.Ordinal);
        try
        {
            int count = Bounded(reader.ReadInt32(), EntryLimit, "entries");
            for (int i = 0; i < count; i++)
            {
                string name = Encoding.UTF8.GetString(reader.ReadBytes(Bounded(reader.ReadInt32(), NameLimit, "bytes of a name")));
                int calls = Math.Max(1, reader.ReadInt32());
                int values = Bounded(reader.ReadInt32(), (stream.Length - stream.Position) / sizeof(float), "values");
                var sums = new float[values];
                for (int v = 0; v < values; v++) sums[v] = reader.ReadSingle();
                if (!entries.TryAdd(name, new ImportanceEntry(sums, [calls]))) throw new ModelFormatException(path, name, "this tensor occurs twice");
            }
        }
        catch (EndOfStreamException e)
        {
            throw new ModelFormatException(path, "", "ends too early for an importance matrix", e);
        }

        return new ImportanceMatrix(entries, [], 0, 0);

        int Bounded(int number, long limit, string what) => number >= 0 && number <= limit
            ? number
            : throw new ModelFormatException(path, "", $"is no importance matrix: {number} {what} at byte {stream.Position - 4}");
    }
}

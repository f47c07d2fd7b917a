using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>What a sequence remembers, on disk: a safetensors file with the tokens, and the bytes of each layer's cache or state.</summary>
public static unsafe class StateFile
{
    private const string Kind = "candor.state", Version = "1", Tokens = "tokens";

    // Of the beginning of each tensor; enough to tell models apart that have the same shapes.
    private const int SampleBytes = 1024;

    /// <summary>Writes a sequence. The file appears whole or not at all.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="state">What the sequence remembers.</param>
    /// <param name="tokens">The tokens that it has read, as many as its length.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="notes">Strings to keep along; null for none.</param>
    /// <param name="adapter">The adapter that it was read with, or null.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Plan plan, SequenceState state, IReadOnlyList<int> tokens, string path, IReadOnlyDictionary<string, string>? notes = null, LoraAdapter? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Count, state.Length, nameof(tokens));
        var metadata = new Dictionary<string, string>(notes ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            [Kind] = Version, ["candor.model"] = Fingerprint(plan, adapter), ["candor.kv"] = plan.CacheType.Name(), ["candor.length"] = tokens.Count.ToString(CultureInfo.InvariantCulture),
        };
        var tensors = new List<TensorSource>();
        if (tokens.Count > 0)
        {
            int[] ids = [.. tokens];
            tensors.Add(new TensorSource(Tokens, ElementType.I32, [ids.Length], stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(ids))));
            foreach (StatePart part in state.Parts()) tensors.Add(new TensorSource(part.Name, ElementType.U8, [part.Bytes], part.CopyTo));
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Reads a sequence.</summary>
    /// <param name="plan">The model that it was written with, with the same type of keys and values.</param>
    /// <param name="path">The file.</param>
    /// <param name="adapter">The adapter that it was read with, or null.</param>
    /// <returns>What it remembers, its tokens, and the strings that were kept along.</returns>
    /// <exception cref="ModelFormatException">The file is damaged, or no such file.</exception>
    /// <exception cref="ModelInputException">It was written with another model, adapter or type of keys and values.</exception>
    public static (SequenceState State, int[] Tokens, IReadOnlyDictionary<string, string> Notes) Read(Plan plan, string path, LoraAdapter? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(Kind, out string? version)) throw new ModelFormatException(path, Kind, "this is no saved session");
        if (version != Version) throw new ModelFormatException(path, Kind, $"version {version} of saved sessions is not known; this program knows {Version}");
        if (file.Metadata.GetValueOrDefault("candor.model") != Fingerprint(plan, adapter)) throw new ModelInputException($"{path} was saved with another model or adapter");
        if (file.Metadata.GetValueOrDefault("candor.kv") is var kv && kv != plan.CacheType.Name())
            throw new ModelInputException($"{path} holds keys and values in {kv}, this model runs with {plan.CacheType.Name()}: choose the same");
        SequenceState state = plan.CreateState();
        try
        {
            int[] tokens = [];
            if (file.Metadata.GetValueOrDefault("candor.length") != "0")
            {
                StoredTensor ids = Tensor(file, Tokens, ElementType.I32);
                tokens = new ReadOnlySpan<int>(ids.Data, checked((int)ids.ElementCount)).ToArray();
                foreach (int id in tokens)
                    if ((uint)id >= (uint)plan.Spec.VocabularySize) throw new ModelFormatException(path, Tokens, $"token id {id} is outside the vocabulary of {plan.Spec.VocabularySize}");
                state.Reserve(tokens.Length);
                state.Length = tokens.Length;
                foreach (StatePart part in state.Parts())
                {
                    StoredTensor stored = Tensor(file, part.Name, ElementType.U8);
                    if (stored.ByteLength != part.Bytes) throw new ModelFormatException(path, part.Name, $"has {stored.ByteLength} bytes; {part.Bytes} expected for {tokens.Length} tokens");
                    Buffer.MemoryCopy(stored.Data, part.Data, part.Bytes, part.Bytes);
                }
            }

            file.EnsureIntact();
            return (state, tokens, file.Metadata);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private static StoredTensor Tensor(SafetensorsFile file, string name, ElementType type) =>
        file.Tensors.TryGetValue(name, out StoredTensor? tensor) && tensor.Type == type ? tensor : throw new ModelFormatException(file.Path, name, $"tensor of {type.Name()} is missing");

    /// <summary>A digest of the architecture, of the beginning of each tensor, and of the adapter.</summary>
    private static string Fingerprint(Plan plan, LoraAdapter? adapter)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(ModelSpecJson.Write(plan.Spec)));
        foreach (StoredTensor tensor in plan.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Type.Name()} {tensor.ByteLength}"));
            hash.AppendData(new ReadOnlySpan<byte>(tensor.Data, (int)Math.Min(SampleBytes, tensor.ByteLength)));
        }

        adapter?.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A piece of a sequence's memory.</summary>
/// <param name="name">What it is: <c>layer.3.keys</c>.</param>
/// <param name="data">Its first byte.</param>
/// <param name="bytes">Its bytes.</param>
internal readonly unsafe struct StatePart(string name, byte* data, long bytes)
{
    public string Name => name;

    public byte* Data => data;

    public long Bytes => bytes;

    public void CopyTo(Stream stream)
    {
        using var memory = new UnmanagedMemoryStream(data, bytes);
        memory.CopyTo(stream);
    }
}

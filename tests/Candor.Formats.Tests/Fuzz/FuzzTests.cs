using System.Text;
using Candor.Tensors;

namespace Candor.Formats.Tests;

/// <summary>Random damage to valid files; see <see cref="Fuzzer"/>.</summary>
public class FuzzTests
{
    [Fact]
    public void Gguf()
    {
        using var folder = new TempFolder();
        GgufFileTests.WriteSmall(folder["small.gguf"]);
        GgufWriter.Write(folder["vocabulary.gguf"], new GgufMetadata { ["general.alignment"] = GgufValue.Of(8u), ["tokens"] = GgufValue.OfArray(["a", "b"]), ["split.count"] = GgufValue.Of((ushort)1) }, []);
        GgufWriter.Write(folder["typed.gguf"], new GgufMetadata(), [.. Enum.GetValues<ElementType>().Where(t => t.IsGguf()).Select(t => TensorSource.From($"{t}", t, [t.BlockElements()], new byte[t.BlockBytes()]))]);
        Fuzzer("gguf", path =>
        {
            using GgufFile file = GgufFile.Open(path);
            Use(file);
            foreach ((string key, GgufValue value) in file.Metadata)
            {
                Assert.NotNull(value.ToString());
                foreach (Action<GgufMetadata, string> getter in Getters) Swallow(() => getter(file.Metadata, key));
            }
        }).Run(Read(folder, "small.gguf"), Read(folder, "vocabulary.gguf"), Read(folder, "typed.gguf"));
    }

    [Fact]
    public void Safetensors()
    {
        using var folder = new TempFolder();
        SafetensorsWriter.Write(folder["small"], [TensorSource.From("a", [2, 3], new float[6]), TensorSource.From("b", ElementType.F8_E4M3, [5], new byte[5]), TensorSource.From("scalar", ElementType.I64, [], new byte[8])], new Dictionary<string, string> { ["format"] = "pt" });
        Fuzzer("safetensors", path =>
        {
            using SafetensorsStore store = SafetensorsStore.Open(path);
            Use(store);
            Assert.All(store.Metadata, m => Assert.NotNull(m.Value));
        }).Run(Read(folder, "small"), SafetensorsBytes.Of("{}"), SafetensorsBytes.Of("""{"__metadata__":null,"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}  """));
    }

    [Fact]
    public void Config() => Fuzzer("config", path =>
    {
        Walk(ConfigJson.Read(path));
        Swallow(() => SafetensorsIndex.Read(path));
    }).Run(
        Encoding.UTF8.GetBytes("""{"model_type": "llama", "hidden_size": 32, "rms_norm_eps": 1e-05, "tie": false, "eos_token_id": [1, 2], "limit": [0.0, Infinity], "x": NaN, "none": null}"""),
        Encoding.UTF8.GetBytes("""{"rope_scaling": {"type": "llama3", "factor": -Infinity, "deep": [[{"a": {"__float__": "NaN"}}]]}, "text": "a\"\u00e9 \ud83e\udd99"}"""),
        Encoding.UTF8.GetBytes("""{"metadata": {"total_size": 8}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"""));

    private static readonly Action<GgufMetadata, string>[] Getters =
    [
        (m, k) => m.TryGetString(k, out _), (m, k) => m.TryGetBool(k, out _), (m, k) => m.TryGetInt32(k, out _),
        (m, k) => m.TryGetUInt32(k, out _), (m, k) => m.TryGetUInt64(k, out _), (m, k) => m.TryGetFloat(k, out _),
        (m, k) => m.TryGetStrings(k, out _), (m, k) => m.TryGetInt32s(k, out _), (m, k) => m.TryGetFloats(k, out _),
        (m, k) => m.TryGetBools(k, out _), (m, k) => m.TryGetInt32PerItem(k, 4, out _),
    ];

    private static void Walk(ConfigJson config)
    {
        foreach (string key in config.Keys)
        {
            Swallow(() => config.TryGetInt(key, out _));
            Swallow(() => config.TryGetLong(key, out _));
            Swallow(() => config.TryGetFloat(key, out _));
            Swallow(() => config.TryGetBool(key, out _));
            Swallow(() => config.TryGetString(key, out _));
            Swallow(() => config.TryGetIntOrInts(key, out _));
            Swallow(() => config.TryGetDoubles(key, out _));
            Swallow(() => config.TryGetBools(key, out _));
            Swallow(() => config.TryGetStrings(key, out _));
            Swallow(() =>
            {
                if (config.TryGetObjects(key, out ConfigJson[] inner)) Array.ForEach(inner, Walk);
            });
            Swallow(() =>
            {
                if (config.TryGetObject(key, out ConfigJson? inner)) Walk(inner);
            });
        }
    }

    private static void Use(TensorStore store)
    {
        store.EnsureIntact();
        foreach (StoredTensor tensor in store.Tensors.Values)
        {
            Assert.Equal(tensor.ByteLength, tensor.Bytes.Length);
            if (TensorReader.CanRead(tensor.Type)) Assert.Equal(tensor.ElementCount, TensorReader.ToArray(tensor).LongLength);
        }
    }

    private static Fuzzer Fuzzer(string name, Action<string> read) => new("Candor.Formats.Tests", name, read, e => e is ModelFormatException);

    private static void Swallow(Action work)
    {
        try
        {
            work();
        }
        catch (ModelFormatException)
        {
            // A value of another kind is refused with the typed exception; whatever else comes out is a fault.
        }
    }

    private static byte[] Read(TempFolder folder, string name) => File.ReadAllBytes(folder[name]);
}

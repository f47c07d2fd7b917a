using System.Text;
using Candor.Tokenizers.Gguf;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>A reader of GGUF metadata, just enough to open the vocabularies of trusted reference files.</summary>
internal sealed class TestGguf : IVocabularyMetadata
{
    private readonly Dictionary<string, object> values = new(StringComparer.Ordinal);

    public TestGguf(string path)
    {
        using var reader = new BinaryReader(new BufferedStream(File.OpenRead(path), 1 << 20));
        Assert.Equal(0x46554747u, reader.ReadUInt32());
        reader.ReadUInt32();
        reader.ReadUInt64();
        for (ulong n = reader.ReadUInt64(); n > 0; n--)
        {
            string key = Text(reader);
            values[key] = Value(reader, reader.ReadUInt32());
        }
    }

    public static GgufVocabulary Read(string path) => GgufVocabulary.Read(new TestGguf(path), path);

    public static Tokenizer Open(string path) => GgufTokenizer.Create(Read(path));

    public bool TryGetString(string key, out string value) => Get(key, out value);

    public bool TryGetBool(string key, out bool value) => Get(key, out value);

    public bool TryGetInt64(string key, out long value) => Get(key, out value);

    public bool TryGetStrings(string key, out string[] values)
    {
        bool found = Get(key, out object[] list);
        values = found ? [.. list.Cast<string>()] : [];
        return found;
    }

    public bool TryGetInt32s(string key, out int[] values)
    {
        bool found = Get(key, out object[] list);
        values = found ? [.. list.Select(v => (int)(long)v)] : [];
        return found;
    }

    public bool TryGetFloats(string key, out float[] values)
    {
        bool found = Get(key, out object[] list);
        values = found ? [.. list.Select(v => (float)(double)v)] : [];
        return found;
    }

    private bool Get<T>(string key, out T value)
    {
        value = default!;
        if (!values.TryGetValue(key, out object? found)) return false;
        value = (T)found;
        return true;
    }

    private static string Text(BinaryReader reader) => Encoding(reader.ReadBytes((int)reader.ReadUInt64()));

    private static string Encoding(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static object Value(BinaryReader reader, uint type)
    {
        switch (type)
        {
            case 0: return (long)reader.ReadByte();
            case 1: return (long)reader.ReadSByte();
            case 2: return (long)reader.ReadUInt16();
            case 3: return (long)reader.ReadInt16();
            case 4: return (long)reader.ReadUInt32();
            case 5: return (long)reader.ReadInt32();
            case 6: return (double)reader.ReadSingle();
            case 7: return reader.ReadByte() != 0;
            case 8: return Text(reader);
            case 10: return (long)reader.ReadUInt64();
            case 11: return reader.ReadInt64();
            case 12: return reader.ReadDouble();
            default:
                uint element = reader.ReadUInt32();
                object[] list = new object[reader.ReadUInt64()];
                for (int i = 0; i < list.Length; i++) list[i] = Value(reader, element);
                return list;
        }
    }
}

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Candor.Formats;

/// <summary>
/// The metadata of a GGUF file: keys in their order, with values of 13 types. The <c>TryGet…</c> methods return false
/// where the key is absent, and throw a <see cref="ModelFormatException"/> that names the key where its value has
/// another type or does not fit; the <c>Get…</c> methods throw also where it is absent. Integers are taken from any
/// integer type, floating-point numbers from any number. Thread-safe to read.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "Metadata is the format's own word for this dictionary.")]
public sealed class GgufMetadata : IReadOnlyDictionary<string, GgufValue>
{
    private readonly OrderedDictionary<string, GgufValue> values;
    private readonly string file;

    /// <summary>Makes empty metadata to fill and write.</summary>
    public GgufMetadata()
        : this("metadata", 0)
    {
    }

    /// <summary>Makes a copy to change. Values out of a mapped file stay readable until that file is disposed.</summary>
    public GgufMetadata(GgufMetadata other)
        : this(other.file, other.Count)
    {
        foreach ((string key, GgufValue value) in other.values) values.Add(key, value);
    }

    internal GgufMetadata(string file, int capacity) => (this.file, values) = (file, new(capacity, StringComparer.Ordinal));

    /// <inheritdoc/>
    public int Count => values.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => values.Keys;

    /// <inheritdoc/>
    public IEnumerable<GgufValue> Values => values.Values;

    /// <summary>Metadata of an opened file cannot be changed; a copy can.</summary>
    public bool IsReadOnly { get; internal set; }

    /// <summary>A value.</summary>
    /// <exception cref="ModelFormatException">The key is absent.</exception>
    /// <exception cref="InvalidOperationException">Set on metadata that is read-only.</exception>
    public GgufValue this[string key]
    {
        get => values.TryGetValue(key, out GgufValue? value) ? value : throw Missing(key);
        set
        {
            if (IsReadOnly) throw new InvalidOperationException("the metadata of an opened file cannot be changed; copy it first");
            ArgumentException.ThrowIfNullOrEmpty(key);
            ArgumentNullException.ThrowIfNull(value);
            values[key] = value;
        }
    }

    /// <summary>Removes a key, if it is there.</summary>
    /// <exception cref="InvalidOperationException">The metadata is read-only.</exception>
    public bool Remove(string key) =>
        IsReadOnly ? throw new InvalidOperationException("the metadata of an opened file cannot be changed; copy it first") : values.Remove(key);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out GgufValue value) => values.TryGetValue(key, out value);

    /// <summary>A string.</summary>
    public bool TryGetString(string key, out string value)
    {
        value = "";
        return TryGetValue(key, out GgufValue? v) && (v.TryGetString(out value) || Throw(key, v, "a string"));
    }

    /// <summary>A boolean.</summary>
    public bool TryGetBool(string key, out bool value)
    {
        value = false;
        return TryGetValue(key, out GgufValue? v) && (v.TryGetBool(out value) || Throw(key, v, "true or false"));
    }

    /// <summary>An integer of 64 bits.</summary>
    public bool TryGetInt64(string key, out long value)
    {
        value = 0;
        return TryGetValue(key, out GgufValue? v) && (v.TryGetInt64(out value) || Throw(key, v, "an integer"));
    }

    /// <summary>An integer of 32 bits.</summary>
    public bool TryGetInt32(string key, out int value)
    {
        value = 0;
        if (!TryGetInt64(key, out long wide)) return false;
        value = (int)wide;
        return value == wide || Throw(key, values[key], "an integer of 32 bits");
    }

    /// <summary>An unsigned integer of 32 bits.</summary>
    public bool TryGetUInt32(string key, out uint value)
    {
        value = 0;
        if (!TryGetInt64(key, out long wide)) return false;
        value = (uint)wide;
        return value == wide || Throw(key, values[key], "an unsigned integer of 32 bits");
    }

    /// <summary>An unsigned integer of 64 bits.</summary>
    public bool TryGetUInt64(string key, out ulong value)
    {
        value = 0;
        return TryGetValue(key, out GgufValue? v) && (v.TryGetUInt64(out value) || Throw(key, v, "an unsigned integer"));
    }

    /// <summary>A number in double precision.</summary>
    public bool TryGetDouble(string key, out double value)
    {
        value = 0;
        return TryGetValue(key, out GgufValue? v) && (v.TryGetDouble(out value) || Throw(key, v, "a number"));
    }

    /// <summary>A number, rounded to single precision.</summary>
    public bool TryGetFloat(string key, out float value)
    {
        bool found = TryGetDouble(key, out double wide);
        value = (float)wide;
        return found;
    }

    /// <summary>An array of strings.</summary>
    public bool TryGetStrings(string key, out string[] value)
    {
        value = [];
        return TryGetValue(key, out GgufValue? v) && (v.TryGetStrings(out value) || Throw(key, v, "an array of strings"));
    }

    /// <summary>An array of integers of 32 bits.</summary>
    public bool TryGetInt32s(string key, out int[] value)
    {
        value = [];
        return TryGetValue(key, out GgufValue? v) && (v.TryGetInt32s(out value) || Throw(key, v, "an array of integers of 32 bits"));
    }

    /// <summary>An array of numbers, rounded to single precision.</summary>
    public bool TryGetFloats(string key, out float[] value)
    {
        value = [];
        return TryGetValue(key, out GgufValue? v) && (v.TryGetSingles(out value) || Throw(key, v, "an array of numbers"));
    }

    /// <summary>An array of booleans.</summary>
    public bool TryGetBools(string key, out bool[] value)
    {
        value = [];
        return TryGetValue(key, out GgufValue? v) && (v.TryGetBools(out value) || Throw(key, v, "an array of true and false"));
    }

    /// <summary>
    /// A number for each of <paramref name="count"/> things, such as a count of heads for each layer: an array of that
    /// length, or one number for all.
    /// </summary>
    public bool TryGetInt32PerItem(string key, int count, out int[] value)
    {
        value = [];
        if (!TryGetValue(key, out GgufValue? v)) return false;
        if (v.Type is GgufValueType.Array)
        {
            TryGetInt32s(key, out value);
            return value.Length == count ? true : throw new ModelFormatException(file, key, $"has {value.Length} elements, {count} are expected");
        }

        TryGetInt32(key, out int one);
        value = new int[count];
        Array.Fill(value, one);
        return true;
    }

    /// <summary>A string that must be there.</summary>
    public string GetString(string key) => TryGetString(key, out string value) ? value : throw Missing(key);

    /// <summary>An integer of 32 bits that must be there.</summary>
    public int GetInt32(string key) => TryGetInt32(key, out int value) ? value : throw Missing(key);

    /// <summary>An integer of 32 bits, or a default where it is absent.</summary>
    public int GetInt32(string key, int fallback) => TryGetInt32(key, out int value) ? value : fallback;

    /// <summary>A number that must be there.</summary>
    public float GetFloat(string key) => TryGetFloat(key, out float value) ? value : throw Missing(key);

    /// <summary>A number, or a default where it is absent.</summary>
    public float GetFloat(string key, float fallback) => TryGetFloat(key, out float value) ? value : fallback;

    /// <summary>A boolean, or a default where it is absent.</summary>
    public bool GetBool(string key, bool fallback) => TryGetBool(key, out bool value) ? value : fallback;

    /// <summary>A string, or a default where it is absent.</summary>
    [return: NotNullIfNotNull(nameof(fallback))]
    public string? GetString(string key, string? fallback) => TryGetString(key, out string value) ? value : fallback;

    /// <summary>The fault of a key's value, to be thrown by whoever finds that it makes no sense.</summary>
    /// <param name="key">The key.</param>
    /// <param name="problem">What was found and what was expected.</param>
    public ModelFormatException Fault(string key, string problem) => new(file, key, problem);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds a key while reading.</summary>
    internal bool TryAdd(string key, GgufValue value) => values.TryAdd(key, value);

    private ModelFormatException Missing(string key) => new(file, key, "this metadata key is missing");

    private bool Throw(string key, GgufValue value, string expected)
    {
        string found = value.Type is GgufValueType.Array ? $"an array of {value.Count} {value.ElementType}" : $"{value.Type}";
        if (value.Type.FixedBytes() != 0) found += $" {value}";
        throw new ModelFormatException(file, key, $"is {found}, {expected} is expected");
    }
}

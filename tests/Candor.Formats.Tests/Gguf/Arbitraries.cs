using System.Collections.Immutable;
using Candor.Tensors;
using FsCheck;
using FsCheck.Fluent;

namespace Candor.Formats.Tests;

/// <summary>A list of tensors to write, with their bytes for comparison.</summary>
public sealed record TensorList(IReadOnlyList<(string Name, ElementType Type, ImmutableArray<long> Shape, byte[] Bytes)> Items)
{
    public IReadOnlyList<TensorSource> Sources => [.. Items.Select(t => TensorSource.From(t.Name, t.Type, t.Shape, t.Bytes))];

    public override string ToString() => string.Join("; ", Items.Select(t => $"{t.Name} {t.Type} [{string.Join(",", t.Shape)}]"));
}

/// <summary>Random metadata and tensors.</summary>
public static class Arbitraries
{
    private static readonly ElementType[] GgufTypes = [.. Enum.GetValues<ElementType>().Where(t => t.IsGguf())];
    private static readonly ElementType[] SafetensorsKinds = [.. Enum.GetValues<ElementType>().Where(SafetensorsTypes.IsSupported)];

    private static Gen<string> Word { get; } =
        from length in Gen.Choose(1, 20)
        from letters in Gen.Elements("abcxyz._-09 Äß漢🦙\n\"\\/".EnumerateRunes().Select(r => r.ToString()).ToArray()).ArrayOf(length)
        select string.Concat(letters);

    private static Gen<GgufValue> Scalar { get; } = Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<sbyte>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<ushort>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<short>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<uint>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<int>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<ulong>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<long>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<float>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<double>().Select(v => GgufValue.Of(v)),
        ArbMap.Default.GeneratorFor<bool>().Select(v => GgufValue.Of(v)),
        Word.Select(GgufValue.Of));

    public static Arbitrary<GgufMetadata> Metadata() => (
        from count in Gen.Choose(0, 12)
        from keys in Word.ArrayOf(count)
        from values in Value(3).ArrayOf(count)
        select Fill(keys, values)).ToArbitrary();

    public static Arbitrary<GgufValue> AnyValue() => Value(4).ToArbitrary();

    /// <summary>Tensors that both formats can hold have plain types; <see cref="GgufTensors"/> has quantized ones too.</summary>
    public static Arbitrary<TensorList> GgufTensors() => Tensors(GgufTypes, 4).ToArbitrary();

    public static Gen<TensorList> SafetensorsTensors() => Tensors(SafetensorsKinds, 6);

    private static Gen<TensorList> Tensors(ElementType[] types, int maxRank) =>
        from count in Gen.Choose(0, 8)
        from chosen in Gen.Elements(types).ArrayOf(count)
        from ranks in Gen.Choose(0, maxRank).ArrayOf(count)
        from dimensions in Gen.Choose(0, 3).ArrayOf(maxRank).ArrayOf(count)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select Make(chosen, ranks, dimensions, seed);

    private static TensorList Make(ElementType[] types, int[] ranks, int[][] dimensions, int seed)
    {
        var random = new Random(seed);
        var items = new List<(string, ElementType, ImmutableArray<long>, byte[])>();
        for (int i = 0; i < types.Length; i++)
        {
            long block = types[i].BlockElements();
            long[] shape = [.. dimensions[i].Take(block > 1 ? Math.Max(1, ranks[i]) : ranks[i]).Select(d => (long)d)];
            if (block > 1) shape[^1] *= block;
            var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) / block * types[i].BlockBytes()];
            random.NextBytes(bytes);
            items.Add(($"blk.{i}.{types[i]}", types[i], [.. shape], bytes));
        }

        return new TensorList(items);
    }

    private static Gen<GgufValue> Value(int depth) => Gen.Frequency(
        (6, Scalar),
        (1, ArbMap.Default.GeneratorFor<int[]>().Select(v => GgufValue.OfArray<int>(v))),
        (1, ArbMap.Default.GeneratorFor<float[]>().Select(v => GgufValue.OfArray<float>(v))),
        (1, ArbMap.Default.GeneratorFor<bool[]>().Select(v => GgufValue.OfArray<bool>(v))),
        (1, Word.ListOf().Select(v => GgufValue.OfArray(v))),
        (depth == 0 ? 0 : 1, Gen.Sized(_ => Word.ListOf().Select(v => GgufValue.OfArray(v)).ListOf().Select(v => GgufValue.OfArray(GgufValueType.Array, v)))));

    private static GgufMetadata Fill(string[] keys, GgufValue[] values)
    {
        var metadata = new GgufMetadata();
        for (int i = 0; i < keys.Length; i++) metadata[keys[i]] = values[i];
        return metadata;
    }
}

using Candor.Tensors;

namespace Candor.Kernels.Tests.Attention;

/// <summary>Every way to compute attention beside its definition in double precision, over random shapes.</summary>
public unsafe class AttentionTests
{
    public static TheoryData<ElementType> Types => [ElementType.F32, ElementType.F16, ElementType.Q8_0, ElementType.Q4_0];

    [Theory]
    [MemberData(nameof(Types))]
    public void EveryWayGivesTheDefinition(ElementType type)
    {
        for (int seed = 0; seed < 60; seed++) Check(type, seed);
    }

    private static void Check(ElementType type, int seed)
    {
        var random = new Random(seed);
        int keyValueHeads = random.Next(1, 4), group = random.Next(4) == 0 ? random.Next(6, 11) : random.Next(1, 6), heads = keyValueHeads * group;
        int size = random.Next(4) == 0 ? random.Next(1, 100) : 32 * random.Next(1, 5), valueSize = random.Next(3) == 0 ? random.Next(1, 80) : size;
        int most = TiledAttention.QueriesTogether(new AttentionShape { Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = size, ValueSize = valueSize, Scale = 1 });
        int rows = random.Next(1, Math.Min(most, random.Next(4) == 0 ? most : 64) + 1), past = random.Next(3) == 0 ? 0 : random.Next(1, 700), length = past + rows;
        using var floats = new NativeBuffer((long)sizeof(float) * ((rows * heads * (size + (2 * valueSize))) + (length * keyValueHeads * (size + valueSize)) + (2 * heads)));
        float* query = (float*)floats.Pointer, output = query + (rows * heads * size), expected = output + (rows * heads * valueSize);
        float* keys = expected + (rows * heads * valueSize), values = keys + (length * keyValueHeads * size), slopes = values + (length * keyValueHeads * valueSize), sinks = slopes + heads;
        for (float* x = query; x < sinks + heads; x++) *x = (float)((random.NextDouble() * 2) - 1);
        for (int h = 0; h < heads; h++) slopes[h] *= 0.05f;
        var shape = new AttentionShape
        {
            Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = size, ValueSize = valueSize, Scale = 1.5f / MathF.Sqrt(size), Causal = random.Next(4) != 0,
            Window = random.Next(3) == 0 ? random.Next(1, 200) : 0, Chunk = random.Next(4) == 0 ? random.Next(1, 200) : 0, SoftCap = random.Next(3) == 0 ? 2 : 0,
            Slopes = random.Next(3) == 0 ? slopes : null, Sinks = random.Next(3) == 0 ? sinks : null,
        };
        int panels = (length + CachePanels.Positions - 1) / CachePanels.Positions * keyValueHeads;
        using var cache = new NativeBuffer((long)panels * (CachePanels.Bytes(type, size) + CachePanels.Bytes(type, valueSize)));
        // What lies behind the last position has no meaning, and must not matter.
        cache.AsSpan<byte>().Fill(0xFF);
        var stored = new KeyValueRows((nint)cache.Pointer, (nint)(cache.Pointer + ((nint)panels * CachePanels.Bytes(type, size))), type);
        for (int p = 0; p < length; p++)
        {
            for (int g = 0; g < keyValueHeads; g++)
            {
                float* key = keys + ((((nint)p * keyValueHeads) + g) * size), value = values + ((((nint)p * keyValueHeads) + g) * valueSize);
                CachePanels.StoreKey(type, stored.KeyPanel(shape, p, g), p % CachePanels.Positions, key, size);
                CachePanels.StoreValue(type, stored.ValuePanel(shape, p, g), p % CachePanels.Positions, value, valueSize);
                CachePanels.LoadKey(type, stored.KeyPanel(shape, p, g), p % CachePanels.Positions, key, size);
                CachePanels.LoadValue(type, stored.ValuePanel(shape, p, g), p % CachePanels.Positions, value, valueSize);
            }
        }

        for (int r = 0; r < rows; r++)
            for (int h = 0; h < heads; h++)
                Define(shape, query + (((r * heads) + h) * size), keys, values, past + r, length, h, expected + (((r * heads) + h) * valueSize));

        string what = $"{type} seed {seed} heads {heads}/{keyValueHeads} size {size}/{valueSize} rows {rows} past {past} causal {shape.Causal} window {shape.Window} chunk {shape.Chunk}";
        (int first, int parts) = FlashAttention.Parts(shape, past, rows, length);
        nint partialFloats = FlashAttention.PartialFloats(shape), stride = rows * heads * partialFloats;
        using var partials = new NativeBuffer(sizeof(float) * (long)(stride * parts));
        float* partial = (float*)partials.Pointer;
        using var scratch = new NativeBuffer(sizeof(float) * (long)(FlashAttention.ScratchFloats + TiledAttention.ScratchFloats(shape) + (length * heads) + 256));
        // However heads are divided, each query gets the same.
        var whole = new float[rows * heads * valueSize];
        foreach (int portion in (int[])[group, 1 + (seed % group)])
        {
            for (int g = 0; g < keyValueHeads; g++)
                for (int p = 0; p < parts; p++)
                    for (int h = 0; h < group; h += portion)
                        FlashAttention.Run(shape, query, heads * size, stored, past, rows, length, first + p, (g * group) + h, Math.Min(portion, group - h), partial + (p * stride), (float*)scratch.Pointer);
            for (int r = 0; r < rows; r++)
                for (int h = 0; h < heads; h++)
                    FlashAttention.Merge(shape, partial + (((r * heads) + h) * partialFloats), stride, parts, h, output + (((r * heads) + h) * valueSize));
            var now = new Span<float>(output, whole.Length);
            if (portion == group) now.CopyTo(whole);
            int differs = now.CommonPrefixLength(whole);
            Assert.True(differs == whole.Length, $"{what} portion {portion} of {group}: {differs}");
        }

        Compare(expected, output, rows * heads * valueSize, "flash " + what);

        // And alone it gets what it gets among others.
        int row = seed % rows;
        (first, int count) = FlashAttention.Parts(shape, past + row, 1, length);
        for (int h = 0; h < heads; h++)
        {
            for (int p = 0; p < count; p++)
                FlashAttention.Run(shape, query + (row * heads * size), heads * size, stored, past + row, 1, length, first + p, h, 1, partial + (p * stride), (float*)scratch.Pointer);
            FlashAttention.Merge(shape, partial + (h * partialFloats), stride, count, h, output);
            Assert.True(new Span<float>(output, valueSize).SequenceEqual(whole.AsSpan(((row * heads) + h) * valueSize, valueSize)), $"row {row} head {h} alone: {what}");
        }

        int together = TiledAttention.HeadsTogether(shape);
        for (int h = 0; h < heads; h += Math.Min(together, group - (h % group)))
            TiledAttention.Run(shape, query, heads * size, stored, past, rows, length, h, Math.Min(together, group - (h % group)), output, heads * valueSize, (float*)scratch.Pointer);
        Compare(expected, output, rows * heads * valueSize, "tiled " + what);

        float* probabilities = (float*)scratch.Pointer, block = probabilities + length;
        for (int r = 0; r < rows; r++)
        {
            for (int h = 0; h < heads; h++)
            {
                ExplicitAttention.Probabilities(shape, query + (((r * heads) + h) * size), stored, past + r, length, h, probabilities, block);
                ExplicitAttention.Weigh(shape, stored, probabilities, length, h, output + (((r * heads) + h) * valueSize), block);
            }
        }

        Compare(expected, output, rows * heads * valueSize, "explicit " + what);
    }

    private static void Define(AttentionShape shape, float* query, float* keys, float* values, int position, int length, int head, float* output)
    {
        int group = head / (shape.Heads / shape.KeyValueHeads), from = shape.FirstKey(position), to = shape.Causal ? position + 1 : length;
        var scores = new double[to - from];
        for (int j = from; j < to; j++)
        {
            double sum = 0;
            for (int c = 0; c < shape.HeadSize; c++) sum += (double)query[c] * keys[((((nint)j * shape.KeyValueHeads) + group) * shape.HeadSize) + c];
            sum *= shape.Scale;
            if (shape.SoftCap > 0) sum = shape.SoftCap * Math.Tanh(sum / shape.SoftCap);
            if (shape.Slopes is not null) sum += (double)shape.Slopes[head] * j;
            scores[j - from] = sum;
        }

        double max = Math.Max(scores.Max(), shape.Sinks is null ? double.NegativeInfinity : shape.Sinks[head]);
        double total = scores.Sum(s => Math.Exp(s - max)) + (shape.Sinks is null ? 0 : Math.Exp(shape.Sinks[head] - max));
        for (int c = 0; c < shape.ValueSize; c++)
        {
            double sum = 0;
            for (int j = from; j < to; j++) sum += Math.Exp(scores[j - from] - max) / total * values[((((nint)j * shape.KeyValueHeads) + group) * shape.ValueSize) + c];
            output[c] = (float)sum;
        }
    }

    private static void Compare(float* expected, float* actual, int count, string what)
    {
        double worst = 0;
        for (int i = 0; i < count; i++) worst = Math.Max(worst, Math.Abs((double)expected[i] - actual[i]));
        Assert.True(worst < 2e-5, $"{what}: {worst}");
    }
}

using Candor.Kernels;
using Candor.Models.Steps;
using Candor.Tensors;

namespace Candor.Models;

internal sealed unsafe partial class PlanCompiler
{
    private void Attention(int i, AttentionSpec a, int input, Branch target)
    {
        int queryWidth = a.Heads * a.HeadSize, keyWidth = a.KeyValueHeads * a.HeadSize, valueWidth = a.KeyValueHeads * a.ValueSize;
        int query = Buffer("query", queryWidth), key = Buffer("key", keyWidth), value = Buffer("value", valueWidth);
        if (a.Latent is { } latent)
        {
            Latent(i, a, latent, input, query, key, value);
        }
        else
        {
            steps.Add(new LinearStep(
                input,
                new LinearOutput(Matrix("query", queryWidth, Hidden, i), Bias("query", queryWidth, i), query, false, a.InputScale) { Steers = true },
                new LinearOutput(Matrix("key", keyWidth, Hidden, i), Bias("key", keyWidth, i, a.KeyScale), key, false, a.InputScale * a.KeyScale) { Steers = true },
                new LinearOutput(Matrix("value", valueWidth, Hidden, i), Bias("value", valueWidth, i), value, false, a.InputScale) { Steers = true })
            {
                Name = $"layer.{i} normed → query, key, value",
            });
        }

        NormWeights? queryNorm = null, keyNorm = null;
        if (a.QueryKeyNorm is { } norm)
        {
            queryNorm = Norm("query_norm", norm, a.QueryKeyNormWhole ? queryWidth : a.HeadSize, i);
            keyNorm = Norm("key_norm", norm, a.QueryKeyNormWhole ? keyWidth : a.HeadSize, i);
        }

        steps.Add(new QueryKeyStep(a, i, queryNorm, keyNorm, Rope(a), query, key, value) { Name = $"layer.{i} norm and rope; append key, value" });
        int output = Buffer("attention", a.Heads * a.ValueSize);
        steps.Add(new AttentionStep(Shape(i, a), i, query, output)
        {
            Name = $"layer.{i} attention", Tap = new TapPoint(TapKind.AttentionOutput, i), TapBuffer = output,
        });
        float scale = a.OutputScale * target.Scale;
        steps.Add(new LinearStep(output, new LinearOutput(
            Matrix("attention_output", Hidden, a.Heads * a.ValueSize, i), Bias("attention_output", Hidden, i, scale), target.Buffer, target.Accumulate, scale))
        {
            Name = $"layer.{i} attention → {buffers[target.Buffer].Name}",
        });
    }

    private void Latent(int i, AttentionSpec a, LatentAttentionSpec latent, int input, int query, int key, int value)
    {
        int own = a.HeadSize - latent.RopeSize, queryWidth = a.Heads * a.HeadSize;
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = latent.Epsilon };
        int compressed = Buffer("kv_latent", latent.KeyValueRank), shared = Buffer("key_rope", latent.RopeSize);
        WeightMatrix down = Matrix("kv_a", latent.KeyValueRank + latent.RopeSize, Hidden, i);
        nint bias = Bias("kv_a", latent.KeyValueRank + latent.RopeSize, i);
        var outputs = new List<LinearOutput>
        {
            new(Part("kv_a", i, down, 0, latent.KeyValueRank), bias, compressed) { Steers = true },
            new(Part("kv_a", i, down, latent.KeyValueRank, latent.RopeSize), bias == 0 ? 0 : bias + latent.KeyValueRank * sizeof(float), shared) { Steers = true },
        };
        if (latent.QueryRank == 0)
        {
            outputs.Add(new(Matrix("query", queryWidth, Hidden, i), Bias("query", queryWidth, i), query) { Steers = true });
            steps.Add(new LinearStep(input, [.. outputs]) { Name = $"layer.{i} normed → query, latents" });
        }
        else
        {
            int low = Buffer("query_latent", latent.QueryRank);
            outputs.Add(new(Matrix("query_a", latent.QueryRank, Hidden, i), Bias("query_a", latent.QueryRank, i), low) { Steers = true });
            steps.Add(new LinearStep(input, [.. outputs]) { Name = $"layer.{i} normed → latents" });
            steps.Add(new NormStep(Norm("query_a_norm", norm, latent.QueryRank, i), low, low) { Name = $"layer.{i} norm query latent" });
            steps.Add(new LinearStep(low, new LinearOutput(Matrix("query_b", queryWidth, latent.QueryRank, i), Bias("query_b", queryWidth, i), query) { Steers = true }) { Name = $"layer.{i} latent → query" });
        }

        steps.Add(new NormStep(Norm("kv_a_norm", norm, latent.KeyValueRank, i), compressed, compressed) { Name = $"layer.{i} norm latent" });
        int parts = Buffer("key_parts", a.Heads * own);
        steps.Add(new LinearStep(
            compressed,
            new LinearOutput(Matrix("key_b", a.Heads * own, latent.KeyValueRank, i), 0, parts) { Steers = true },
            new LinearOutput(Matrix("value_b", a.Heads * a.ValueSize, latent.KeyValueRank, i), 0, value) { Steers = true }) { Name = $"layer.{i} latent → key, value" });
        steps.Add(new LatentStep(a, new LatentBuffers(parts, shared, key)) { Name = $"layer.{i} join key parts" });
    }

    private AttentionShape Shape(int i, AttentionSpec a)
    {
        float* slopes = null;
        if (a.Alibi is { } alibi)
        {
            var memory = new NativeBuffer((long)a.Heads * sizeof(float));
            Resources.Add(memory);
            slopes = (float*)memory.Pointer;
            // Press et al. give slopes for powers of two; other counts interleave those of the next power.
            int power = 1 << (31 - int.LeadingZeroCount(a.Heads));
            for (int h = 0; h < a.Heads; h++)
            {
                double exponent = h < power ? -alibi.MaxBias * (h + 1) / power : -alibi.MaxBias * (2 * (h - power) + 1) / (2.0 * power);
                slopes[h] = (float)Math.Pow(2, exponent) * (alibi.Scaled ? a.EffectiveScale : 1);
            }
        }

        return new AttentionShape
        {
            Heads = a.Heads, KeyValueHeads = a.KeyValueHeads, HeadSize = a.HeadSize, ValueSize = a.ValueSize,
            Scale = a.EffectiveScale, Window = a.Window, Chunk = a.Chunk, SoftCap = a.SoftCap ?? 0, Causal = spec.Causal,
            Slopes = slopes, Sinks = a.Sinks ? weights.Vector("sinks", a.Heads, i) : null,
        };
    }

    private RopeFrequencies? Rope(AttentionSpec a)
    {
        if (a.Rope is not { } rope) return null;
        int size = a.Latent?.RopeSize ?? (rope.Size == 0 ? a.HeadSize : rope.Size);
        if (ropes.TryGetValue((rope, size), out RopeFrequencies? made)) return made;
        double[]? factors = Factors(rope.Scaling?.Kind == RopeScalingKind.LongRope ? "rope_factors_short" : "rope_factors", size / 2);
        made = new RopeFrequencies(rope, size, factors, Factors("rope_factors_long", size / 2));
        Resources.Add(made);
        return ropes[(rope, size)] = made;
    }

    private double[]? Factors(string role, int count)
    {
        float* f = weights.VectorOrNull(role, count);
        return f is null ? null : [.. new ReadOnlySpan<float>(f, count).ToArray().Select(x => (double)x)];
    }
}

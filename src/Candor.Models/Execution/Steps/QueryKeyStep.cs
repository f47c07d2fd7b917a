using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Finishes queries and keys (clamp, norm, rope, scale) and appends keys and values to each sequence's cache.</summary>
internal sealed unsafe class QueryKeyStep(AttentionSpec spec, int layer, NormWeights? queryNorm, NormWeights? keyNorm, RopeFrequencies? rope, int query, int key, int value) : Step
{
    private const int RowsInline = 4;

    public override void Run(Workspace w)
    {
        foreach (BatchSlice slice in w.Batch.SliceList) rope?.Prepare(slice);
        if (w.Rows <= RowsInline) Range(w, 0, w.Rows, 0);
        // Threads that write to one panel of the cache hand its lines back and forth, so each takes whole ones.
        else w.Parallel(this, w.Rows, CachePanels.Positions);
        w.Buffer(query).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            int from = Math.Max(begin, slice.Begin), to = Math.Min(end, slice.Begin + slice.Count);
            if (from >= to) continue;
            KeyValueCache cache = slice.State.Cache(layer);
            float* table = rope is null ? null : rope.Table(slice);
            for (int r = from; r < to; r++)
            {
                int position = slice.Past + r - slice.Begin;
                float* q = w.Row(query, r), k = w.Row(key, r), v = w.Row(value, r);
                if (spec.ClampQkv is { } limit) Clamp(w, r, limit);
                if (!spec.QueryKeyNormAfterRope) Normalise(q, k);
                if (rope is not null)
                {
                    float* angles = table + (nint)position * rope.Pairs * 2;
                    Turn(q, spec.Heads, angles);
                    Turn(k, spec.KeyValueHeads, angles);
                }

                if (spec.QueryKeyNormAfterRope) Normalise(q, k);
                cache.Write(position, k, v);
            }
        }
    }

    private void Normalise(float* q, float* k)
    {
        queryNorm?.ApplyHeads(q, spec.Heads * spec.HeadSize / queryNorm.Size);
        keyNorm?.ApplyHeads(k, spec.KeyValueHeads * spec.HeadSize / keyNorm.Size);
    }

    private void Clamp(Workspace w, int row, float limit)
    {
        foreach (int buffer in (ReadOnlySpan<int>)[query, key, value])
        {
            var x = new Span<float>(w.Row(buffer, row), w.Width(buffer));
            TensorPrimitives.Clamp(x, -limit, limit, x);
        }
    }

    private void Turn(float* x, int heads, float* angles)
    {
        // Latent attention turns the last elements of a head, all others the first.
        int offset = spec.Latent is { } latent ? spec.HeadSize - latent.RopeSize : 0;
        for (int h = 0; h < heads; h++)
        {
            float* head = x + h * spec.HeadSize + offset;
            if (spec.Rope!.Pairing == RopePairing.Halves) Rope.Halves(head, angles, rope!.Pairs);
            else Rope.Neighbours(head, angles, rope!.Pairs);
        }
    }
}

using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Steps;

/// <summary>Attention of every row over its own sequence's cache.</summary>
internal sealed unsafe class AttentionStep(AttentionShape shape, int layer, int query, int output) : Step
{
    // From how many on a sequence's queries go through matrix products, and heads of a group that share the loaded keys, where there are fewer.
    private const int LeastQueries = 16, MostHeads = 8;

    public override void Run(Workspace w)
    {
        var point = new TapPoint(TapKind.Attention, layer);
        if (w.Hook is { } hook && hook.Wants(point)) Explicit(w, hook, point);
        else Implicit(w);
        w.Buffer(output).MarkChanged();
    }

    // Items are first (tile of many queries, some heads of a group), the longest first, then (sequence of few, part of its positions, some heads of a group).
    public override void Range(Workspace w, int begin, int end, int worker)
    {
        int products = Products(w);
        float* scratch = w.Scratch(worker, Math.Max(FlashAttention.ScratchFloats, products > 0 ? TiledAttention.ScratchFloats(shape) : 0));
        for (int item = begin; item < end; item++)
        {
            if (item < products) Tile(w, products - 1 - item, scratch);
            else Part(w, item - products, scratch);
        }
    }

    private void Implicit(Workspace w)
    {
        long floats = 0;
        int parts = 0;
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            if (slice.Count >= LeastQueries) continue;
            int count = Parts(slice).Count;
            parts += count;
            floats += PartFloats(slice) * count;
        }

        if (parts > 0) w.ReserveParts(floats, Together(w, parts));
        w.Parallel(this, Products(w) + (parts * Portions(w.PartHeads) * shape.KeyValueHeads), 1);
        float* partials = w.Parts;
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            if (slice.Count >= LeastQueries) continue;
            (_, int count) = Parts(slice);
            nint stride = (nint)PartFloats(slice);
            for (int r = 0; r < slice.Count; r++)
                for (int h = 0; h < shape.Heads; h++)
                    FlashAttention.Merge(shape, partials + ((((nint)r * shape.Heads) + h) * FlashAttention.PartialFloats(shape)), stride, count, h, w.Row(output, slice.Begin + r) + (h * shape.ValueSize));
            partials += count * stride;
        }
    }

    private (int First, int Count) Parts(BatchSlice slice) => FlashAttention.Parts(shape, slice.Past, slice.Count, slice.Past + slice.Count);

    private long PartFloats(BatchSlice slice) => (long)slice.Count * shape.Heads * FlashAttention.PartialFloats(shape);

    /// <summary>Heads that share the loaded keys: fewer where there would be too few items for the threads.</summary>
    private int Together(Workspace w, int parts)
    {
        int heads = Math.Min(MostHeads, Group);
        while (heads > 1 && parts * shape.KeyValueHeads * Portions(heads) < 4 * w.Pool.Threads) heads = (heads + 1) / 2;
        return heads;
    }

    private int TileQueries => TiledAttention.QueriesTogether(shape);

    private int Group => shape.Heads / shape.KeyValueHeads;

    private int Portions(int together) => (Group + together - 1) / together;

    private void Part(Workspace w, int item, float* scratch)
    {
        int together = w.PartHeads, portions = Portions(together) * shape.KeyValueHeads;
        float* partials = w.Parts;
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            if (slice.Count >= LeastQueries) continue;
            (int first, int count) = Parts(slice);
            if (item >= count * portions)
            {
                item -= count * portions;
                partials += count * PartFloats(slice);
                continue;
            }

            (int head, int heads) = Heads(item % portions, together);
            FlashAttention.Run(
                shape, w.Row(query, slice.Begin), w.Width(query), slice.State.Cache(layer).Rows, slice.Past, slice.Count, slice.Past + slice.Count,
                first + (item / portions), head, heads, partials + (item / portions * PartFloats(slice)), scratch);
            return;
        }

        throw new InvalidOperationException("no such part");
    }

    private (int First, int Count) Heads(int portion, int together)
    {
        int portions = Portions(together), first = portion % portions * together;
        return ((portion / portions * Group) + first, Math.Min(together, Group - first));
    }

    private int Products(Workspace w)
    {
        int tiles = 0;
        foreach (BatchSlice slice in w.Batch.SliceList)
            if (slice.Count >= LeastQueries) tiles += (slice.Count + TileQueries - 1) / TileQueries;
        return tiles * Portions(TiledAttention.HeadsTogether(shape)) * shape.KeyValueHeads;
    }

    private void Tile(Workspace w, int item, float* scratch)
    {
        int together = TiledAttention.HeadsTogether(shape), portions = Portions(together) * shape.KeyValueHeads, tile = item / portions;
        (int head, int heads) = Heads(item % portions, together);
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            if (slice.Count < LeastQueries) continue;
            int tiles = (slice.Count + TileQueries - 1) / TileQueries;
            if (tile >= tiles)
            {
                tile -= tiles;
                continue;
            }

            int row = slice.Begin + (tile * TileQueries), rows = Math.Min(TileQueries, slice.Begin + slice.Count - row);
            TiledAttention.Run(
                shape, w.Row(query, row), w.Width(query), slice.State.Cache(layer).Rows, slice.Past + row - slice.Begin, rows,
                slice.Past + slice.Count, head, heads, w.Row(output, row), w.Width(output), scratch);
            return;
        }

        throw new InvalidOperationException("no such tile");
    }

    private void Explicit(Workspace w, PlanHook hook, TapPoint point)
    {
        int longest = w.Batch.SliceList.Max(s => s.Past + s.Count);
        using var memory = new NativeBuffer((long)w.Rows * shape.Heads * longest * sizeof(float));
        float* all = (float*)memory.Pointer, block = w.Scratch(0, Math.Max(shape.HeadSize, shape.ValueSize));
        nint stride = (nint)shape.Heads * longest;
        foreach (BatchSlice slice in w.Batch.SliceList)
            for (int r = slice.Begin; r < slice.Begin + slice.Count; r++)
                for (int h = 0; h < shape.Heads; h++)
                    ExplicitAttention.Probabilities(
                        shape, w.Row(query, r) + h * shape.HeadSize, slice.State.Cache(layer).Rows, slice.Past + r - slice.Begin,
                        slice.Past + slice.Count, h, all + r * stride + (nint)h * longest, block);
        hook.OnTap(point, w.Batch, new TapValues(all, stride, w.Rows, (int)stride));
        foreach (BatchSlice slice in w.Batch.SliceList)
            for (int r = slice.Begin; r < slice.Begin + slice.Count; r++)
                for (int h = 0; h < shape.Heads; h++)
                    ExplicitAttention.Weigh(
                        shape, slice.State.Cache(layer).Rows, all + r * stride + (nint)h * longest, slice.Past + slice.Count, h,
                        w.Row(output, r) + h * shape.ValueSize, block);
    }
}

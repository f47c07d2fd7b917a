using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Steps;

/// <summary>Attention of every row over its own sequence's cache.</summary>
internal sealed unsafe class AttentionStep(AttentionShape shape, int layer, int query, int output) : Step
{
    // Queries of a tile that goes key by key, and from how many on a sequence's queries go through matrix products instead.
    private const int TileRows = 16, LeastQueries = 16;

    public override void Run(Workspace w)
    {
        var point = new TapPoint(TapKind.Attention, layer);
        if (w.Hook is { } hook && hook.Wants(point)) Explicit(w, hook, point);
        else w.Parallel(this, Products(w) + (Tiles(w, false) * shape.Heads), Products(w) > 0 ? 1 : Spread(w));
        w.Buffer(output).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        // Items are first (tile of many rows, some heads of a group), the longest first, then (tile of few rows, head), heads innermost:
        // heads of one group that fall together share the loaded keys.
        int group = shape.Heads / shape.KeyValueHeads, products = Products(w);
        float* scratch = w.Scratch(worker, Math.Max(FlashAttention.ScratchFloats(shape, TileRows), products > 0 ? TiledAttention.ScratchFloats(shape) : 0));
        for (int item = begin; item < end;)
        {
            if (item < products)
            {
                int last = products - 1 - item, parts = Parts();
                (int first, int count) = Heads(last % parts);
                (BatchSlice many, int from, int tall) = Tile(w, last / parts, true);
                TiledAttention.Run(
                    shape, w.Row(query, from), w.Width(query), many.State.Cache(layer).Rows, many.Past + from - many.Begin, tall,
                    many.Past + many.Count, first, count, w.Row(output, from), w.Width(output), scratch);
                item++;
                continue;
            }

            int head = (item - products) % shape.Heads, heads = Math.Min(end - item, group - head % group);
            (BatchSlice slice, int row, int rows) = Tile(w, (item - products) / shape.Heads, false);
            FlashAttention.Run(
                shape, w.Row(query, row), w.Width(query), slice.State.Cache(layer).Rows, slice.Past + row - slice.Begin, rows,
                slice.Past + slice.Count, head, heads, w.Row(output, row), w.Width(output), scratch);
            item += heads;
        }
    }

    /// <summary>Portions of a group's heads that go through matrix products together.</summary>
    private int Portions()
    {
        int together = TiledAttention.HeadsTogether(shape);
        return ((shape.Heads / shape.KeyValueHeads) + together - 1) / together;
    }

    private int Parts() => shape.KeyValueHeads * Portions();

    private (int First, int Count) Heads(int part)
    {
        int group = shape.Heads / shape.KeyValueHeads, together = TiledAttention.HeadsTogether(shape), portions = Portions();
        int first = part % portions * together;
        return ((part / portions * group) + first, Math.Min(together, group - first));
    }

    private int Products(Workspace w) => Tiles(w, true) * Parts();

    private static int Height(bool many) => many ? TiledAttention.TileRows : TileRows;

    private static int Tiles(Workspace w, bool many)
    {
        int tiles = 0;
        foreach (BatchSlice slice in w.Batch.SliceList)
            if (slice.Count >= LeastQueries == many) tiles += (slice.Count + Height(many) - 1) / Height(many);
        return tiles;
    }

    /// <summary>Heads a chunk: a whole group where there is enough to share, single heads where there is not.</summary>
    private int Spread(Workspace w)
    {
        int group = shape.Heads / shape.KeyValueHeads;
        return Tiles(w, false) * shape.KeyValueHeads >= 4 * w.Pool.Threads ? group : 1;
    }

    private static (BatchSlice Slice, int Row, int Rows) Tile(Workspace w, int tile, bool many)
    {
        int height = Height(many);
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            if (slice.Count >= LeastQueries != many) continue;
            int tiles = (slice.Count + height - 1) / height;
            if (tile < tiles) return (slice, slice.Begin + tile * height, Math.Min(height, slice.Count - tile * height));
            tile -= tiles;
        }

        throw new InvalidOperationException("no such tile");
    }

    private void Explicit(Workspace w, PlanHook hook, TapPoint point)
    {
        int longest = w.Batch.SliceList.Max(s => s.Past + s.Count);
        using var memory = new NativeBuffer((long)w.Rows * shape.Heads * longest * sizeof(float));
        float* all = (float*)memory.Pointer, block = w.Scratch(0, CacheRows.HeadElements(ElementType.Q8_0, Math.Max(shape.HeadSize, shape.ValueSize)));
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

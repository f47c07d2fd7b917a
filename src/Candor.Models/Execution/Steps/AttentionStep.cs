using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Steps;

/// <summary>Attention of every row over its own sequence's cache.</summary>
internal sealed unsafe class AttentionStep(AttentionShape shape, int layer, int query, int output) : Step
{
    private const int TileRows = 16;

    public override void Run(Workspace w)
    {
        var point = new TapPoint(TapKind.Attention, layer);
        if (w.Hook is { } hook && hook.Wants(point)) Explicit(w, hook, point);
        else w.Parallel(this, Tiles(w) * shape.Heads, Spread(w));
        w.Buffer(output).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        // Items are (tile of rows, head), heads innermost: heads of one group that fall together share the loaded keys.
        int group = shape.Heads / shape.KeyValueHeads;
        float* scratch = w.Scratch(worker, FlashAttention.ScratchFloats(shape, TileRows));
        for (int item = begin; item < end;)
        {
            int head = item % shape.Heads, heads = Math.Min(end - item, group - head % group);
            (BatchSlice slice, int row, int rows) = Tile(w, item / shape.Heads);
            FlashAttention.Run(
                shape, w.Row(query, row), w.Width(query), slice.State.Cache(layer).Rows, slice.Past + row - slice.Begin, rows,
                slice.Past + slice.Count, head, heads, w.Row(output, row), w.Width(output), scratch);
            item += heads;
        }
    }

    private static int Tiles(Workspace w)
    {
        int tiles = 0;
        foreach (BatchSlice slice in w.Batch.SliceList) tiles += (slice.Count + TileRows - 1) / TileRows;
        return tiles;
    }

    /// <summary>Heads a chunk: a whole group where there is enough to share, single heads where there is not.</summary>
    private int Spread(Workspace w)
    {
        int group = shape.Heads / shape.KeyValueHeads;
        return Tiles(w) * shape.KeyValueHeads >= 4 * w.Pool.Threads ? group : 1;
    }

    private static (BatchSlice Slice, int Row, int Rows) Tile(Workspace w, int tile)
    {
        foreach (BatchSlice slice in w.Batch.SliceList)
        {
            int tiles = (slice.Count + TileRows - 1) / TileRows;
            if (tile < tiles) return (slice, slice.Begin + tile * TileRows, Math.Min(TileRows, slice.Count - tile * TileRows));
            tile -= tiles;
        }

        throw new InvalidOperationException("no such tile");
    }

    private void Explicit(Workspace w, PlanHook hook, TapPoint point)
    {
        int longest = w.Batch.SliceList.Max(s => s.Past + s.Count);
        using var memory = new NativeBuffer((long)w.Rows * shape.Heads * longest * sizeof(float));
        float* all = (float*)memory.Pointer, block = w.Scratch(0, shape.HeadSize + shape.ValueSize);
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

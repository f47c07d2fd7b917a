using Candor.Kernels.Integer;
using Candor.Kernels.Packing;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// The inputs of linear layers: float32 rows <c>[capacity, columns]</c>, 64-byte aligned, and beside them their 8-bit
/// and 16-bit forms, made when a layer first needs it and kept until the contents change. Not thread-safe: one belongs to one session.
/// </summary>
public sealed unsafe class ActivationRows : IDisposable
{
    private readonly NativeBuffer values;
    private readonly List<ActivationBlocks> blocks = [];

    /// <summary>Allocates zeroed rows.</summary>
    /// <param name="capacity">Most tokens that it holds, 1 or more.</param>
    /// <param name="columns">Columns of a row, 1 or more.</param>
    public ActivationRows(int capacity, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        (Capacity, Columns) = (capacity, columns);
        values = new NativeBuffer(checked((long)capacity * columns * sizeof(float)));
    }

    /// <summary>The loop that multiplies these rows: kept, so that a call allocates nothing.</summary>
    internal LinearJob Job { get; } = new();

    /// <summary>The 8-bit form; null until it was first needed.</summary>
    internal RoundedRows<ActivationCodes, ActivationCodeRow>? Codes { get; private set; }

    /// <summary>The 16-bit form; null until it was first needed.</summary>
    internal RoundedRows<ActivationWords, ActivationWordRow>? Words { get; private set; }

    /// <summary>Most tokens that it holds.</summary>
    public int Capacity { get; }

    /// <summary>Columns of a row.</summary>
    public int Columns { get; }

    /// <summary>The first element; row <c>t</c> begins at <c>Values + t * Columns</c>. Call <see cref="MarkChanged"/> after writing.</summary>
    public float* Values => (float*)values.Pointer;

    /// <summary>The row of a token, <c>[columns]</c>. Call <see cref="MarkChanged"/> after writing.</summary>
    public Span<float> Row(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)Capacity, nameof(token));
        return new Span<float>(Values + ((nint)token * Columns), Columns);
    }

    /// <summary>Says that rows were written: the rounded forms are stale.</summary>
    public void MarkChanged()
    {
        Codes?.Clear();
        Words?.Clear();
        foreach (ActivationBlocks made in blocks) made.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        values.Dispose();
        Codes?.Dispose();
        Words?.Dispose();
        foreach (ActivationBlocks made in blocks) made.Dispose();
    }

    /// <summary>Makes the 8-bit form of the first rows, where it is not there yet. Columns must be a multiple of 32.</summary>
    internal ActivationCodes Codes8(WorkerPool pool, int rows)
    {
        Codes ??= new(new ActivationCodes(Capacity, Columns));
        return Codes.Fill(pool, Values, Columns, rows);
    }

    /// <summary>As <see cref="Codes8"/>, in blocks.</summary>
    internal ActivationBlocks Blocks(WorkerPool pool, int rows, BlockLayout layout)
    {
        foreach (ActivationBlocks known in blocks)
            if (known.Layout == layout) return known.Fill(pool, Values, rows);
        var made = new ActivationBlocks(layout.Tokens == BlockKernel.Tokens ? Capacity : Math.Min(Capacity, PackedKernel.MostTokens), Columns, layout);
        blocks.Add(made);
        return made.Fill(pool, Values, rows);
    }

    /// <summary>As <see cref="Codes8"/>, of 16 bits.</summary>
    internal ActivationWords Codes16(WorkerPool pool, int rows)
    {
        Words ??= new(new ActivationWords(Capacity, Columns));
        return Words.Fill(pool, Values, Columns, rows);
    }
}

using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>A rounded form of the first rows of some activations, and the parallel loop that makes it.</summary>
internal sealed unsafe class RoundedRows<TForm, TRow>(TForm form) : IParallelBody, IDisposable where TForm : class, IActivationForm<TRow> where TRow : struct, IActivationRow
{
    /// <summary>So few rows are done by the caller: waking threads would take longer.</summary>
    private const int RowsInline = 4;

    private float* source;
    private int width, first, done;

    /// <summary>Says that no row is up to date.</summary>
    public void Clear() => done = 0;

    /// <summary>Rounds what is not up to date of the first rows.</summary>
    public TForm Fill(WorkerPool pool, float* values, int columns, int rows)
    {
        if (rows <= done) return form;
        source = values;
        (width, first) = (columns, done);
        if (rows - done <= RowsInline) Execute(0, rows - done, 0);
        else pool.Run(rows - done, 8, this);
        done = rows;
        return form;
    }

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        for (int r = first + begin; r < first + end; r++) form.Round(source + ((nint)r * width), width, r);
    }

    /// <inheritdoc/>
    public void Dispose() => form.Dispose();
}

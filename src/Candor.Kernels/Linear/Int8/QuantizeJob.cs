using Candor.Tensors;

namespace Candor.Kernels.Int8;

/// <summary>The parallel loop that rounds activation rows to 8 bits.</summary>
internal sealed unsafe class QuantizeJob : IParallelBody
{
    private const int RowsInline = 4;
    private ActivationRows? rows;
    private int first;

    public void Run(WorkerPool pool, ActivationRows input, int begin, int end)
    {
        rows = input;
        if (end - begin <= RowsInline) Execute(begin, end, 0);
        else
        {
            first = begin;
            pool.Run(end - begin, 8, this);
            first = 0;
        }
    }

    public void Execute(int begin, int end, int worker)
    {
        for (int r = first + begin; r < first + end; r++)
            ActivationQuantizer.Quantize(rows!.Values + ((nint)r * rows.Columns), rows.Columns, rows.Codes!.Row(r));
    }
}

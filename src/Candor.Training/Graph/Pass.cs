using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>A stretch of rows that belong to one document: attention stays inside.</summary>
/// <param name="Begin">First row.</param>
/// <param name="Count">Rows.</param>
public readonly record struct Segment(int Begin, int Count);

/// <summary>What operations need while rows run through the network.</summary>
internal sealed unsafe class Pass(WorkerPool pool) : IDisposable
{
    /// <summary>Parts of <see cref="RunChunks"/>.</summary>
    public const int Chunks = 16;

    private readonly Loop loop = new();
    private NativeBuffer? memory;

    public WorkerPool Pool => pool;

    public Gemm Gemm { get; } = new(pool);

    public int Rows { get; set; }

    public IReadOnlyList<Segment> Segments { get; set; } = [];

    /// <summary>Runs a loop over rows on all threads.</summary>
    /// <param name="count">How many.</param>
    /// <param name="chunk">Rows that a thread takes at a time.</param>
    /// <param name="body">First row, last row (exclusive), the thread's index.</param>
    public void Run(int count, int chunk, Action<int, int, int> body)
    {
        loop.Body = body;
        pool.Run(count, chunk, loop);
        loop.Body = null;
    }

    /// <summary>Runs a loop over all rows.</summary>
    public void RunRows(Action<int, int, int> body) => Run(Rows, Math.Max(1, Rows / (8 * pool.Threads)), body);

    /// <summary>
    /// Runs over all rows in <see cref="Chunks"/> parts whose borders depend on nothing but the rows: sums that are kept for each
    /// part and added in order come out the same whichever thread made them.
    /// </summary>
    /// <param name="body">First row, last row (exclusive), the part's index.</param>
    public void RunChunks(Action<int, int, int> body) => Run(Chunks, 1, (first, last, _) =>
    {
        for (int i = first; i < last; i++)
        {
            int begin = (int)((long)Rows * i / Chunks), end = (int)((long)Rows * (i + 1) / Chunks);
            if (begin < end) body(begin, end, i);
        }
    });

    /// <summary>Memory for an operation to use until it returns; what it holds at first is left over.</summary>
    public float* Memory(long floats)
    {
        if (memory is null || memory.Length < floats * sizeof(float))
        {
            memory?.Dispose();
            memory = new NativeBuffer(floats * sizeof(float));
        }

        return (float*)memory.Pointer;
    }

    public void Dispose() => memory?.Dispose();

    private sealed class Loop : IParallelBody
    {
        public Action<int, int, int>? Body { get; set; }

        public void Execute(int begin, int end, int worker) => Body!(begin, end, worker);
    }
}

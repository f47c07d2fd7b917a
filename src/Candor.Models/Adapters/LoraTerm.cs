using Candor.Kernels;
using Candor.Models.Steps;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>A low-rank term beside one matrix.</summary>
internal sealed unsafe class LoraTerm : IDisposable
{
    /// <summary>Floats of scratch a row that <see cref="Apply"/> needs: the largest rank.</summary>
    public const int MostRank = 1024;

    // From so many rows on, products of matrices are faster than rows one by one.
    private const int ManyRows = 16;

    private readonly NativeBuffer memory;
    private readonly int rank, inputs, outputs;
    private readonly float scale;

    public LoraTerm(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        if (rank > MostRank) throw new ModelInputException($"an adapter of rank {rank}: at most {MostRank} is possible");
        (this.rank, this.scale, inputs, outputs) = (rank, scale, a.Length / rank, b.Length / rank);
        memory = new NativeBuffer((a.Length + b.Length) * (long)sizeof(float));
        Span<float> all = memory.AsSpan<float>();
        a.CopyTo(all);
        // B is turned, so that a unit of rank adds to all outputs at once.
        for (int r = 0; r < rank; r++)
            for (int o = 0; o < outputs; o++) all[a.Length + (r * outputs) + o] = b[(o * rank) + r];
    }

    public long Bytes => memory.Length;

    public ReadOnlySpan<byte> Numbers => memory.AsSpan<byte>();

    public void Dispose() => memory.Dispose();

    public void Apply(Gemm gemm, float* input, nint inputStride, float* output, nint outputStride, int rows, float factor, float* scratch)
    {
        float* a = (float*)memory.Pointer, b = a + ((nint)rank * inputs);
        if (rows >= ManyRows)
        {
            var low = new MatrixView(scratch, rows, rank);
            gemm.Multiply(new MatrixView(input, rows, inputs, inputStride), new MatrixView(a, rank, inputs).Transposed, low, scale * factor);
            gemm.Multiply(low, new MatrixView(b, rank, outputs), new MatrixView(output, rows, outputs, outputStride), 1, add: true);
            return;
        }

        for (int r = 0; r < rows; r++, input += inputStride, output += outputStride)
            for (int u = 0; u < rank; u++) VectorRows.AddScaled(VectorRows.Dot(input, a + ((nint)u * inputs), inputs) * scale * factor, b + ((nint)u * outputs), output, outputs);
    }
}

using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>A low-rank adapter beside one weight, which may be a part of the adapted module, or one of its experts.</summary>
/// <param name="adapter">The adapter.</param>
/// <param name="target">The weight.</param>
/// <param name="place">The module's rows that are the weight's.</param>
/// <param name="expert">The expert, where the adapter is of several.</param>
internal sealed unsafe class LowRankSite(LowRank adapter, Parameter target, ModuleSite place, int expert = 0) : IDisposable
{
    private readonly bool isWhole = place.Rows is null && adapter.Experts == 0;
    private readonly int outputs = place.Rows?.Length ?? place.ModuleRows;
    private NativeBuffer? part, partGradient, norms;

    public LowRank Adapter => adapter;

    public Parameter Target => target;

    /// <summary>The module's row of a row of the weight.</summary>
    public int At(int row) => place.At(row);

    /// <summary>The rows of A that belong to this weight, [rank, inputs].</summary>
    public MatrixView A => Rows(adapter.A.Value);

    /// <summary>The numbers of B that belong to this weight, [outputs, rank].</summary>
    public MatrixView B()
    {
        if (isWhole) return adapter.B.View;
        part ??= new NativeBuffer((long)outputs * adapter.Rank * sizeof(float));
        var to = (float*)part.Pointer;
        ReadOnlySpan<float> from = adapter.B.Values;
        for (int i = 0; i < outputs; i++)
            for (int r = 0; r < adapter.Rank; r++) to[((nint)i * adapter.Rank) + r] = from[InB(i, r)];
        return new MatrixView(to, outputs, adapter.Rank);
    }

    /// <summary>The numbers of <see cref="A"/>.</summary>
    public ReadOnlySpan<float> ANumbers => new((float*)A.Data, checked(A.Rows * A.Columns));

    /// <summary>The numbers of <see cref="B"/>.</summary>
    public ReadOnlySpan<float> BNumbers
    {
        get
        {
            MatrixView b = B();
            return new ReadOnlySpan<float>((float*)b.Data, checked(b.Rows * b.Columns));
        }
    }

    private MatrixView Rows(float* of) => new(of + ((nint)expert * adapter.Rank * adapter.A.Columns), adapter.Rank, adapter.A.Columns);

    /// <summary>Where B has the number of an output and a unit of rank.</summary>
    private int InB(int row, int unit) => (place.At(row) * adapter.B.Columns) + (adapter.Experts == 0 ? unit : (unit * adapter.Experts) + expert);

    /// <summary>low = scale · x Aᵀ, and y = factor · (x Wᵀ + low Bᵀ).</summary>
    public void Forward(Gemm gemm, MatrixView x, MatrixView low, MatrixView y, float factor = 1)
    {
        gemm.Multiply(x, A.Transposed, low, adapter.Scale);
        target.MultiplyTransposed(gemm, x, y, factor, false, new LowRankTerm(low, B().Transposed));
    }

    /// <summary>Adds to the gradients of A and B; that of low is written over, and so is that of x unless it is to be added to.</summary>
    public void Backward(Gemm gemm, MatrixView x, MatrixView low, MatrixView dy, MatrixView dlow, MatrixView dx, float factor = 1, bool add = false)
    {
        gemm.Multiply(dy, B(), dlow, adapter.Scale);
        AddToB(gemm, dy, low, factor);
        gemm.Multiply(dlow.Transposed, x, Rows(adapter.A.Gradient), factor, add: true);
        target.Multiply(gemm, dy, dx, factor, add, new LowRankTerm(dlow, A));
    }

    private void AddToB(Gemm gemm, MatrixView dy, MatrixView low, float scale)
    {
        if (isWhole)
        {
            gemm.Multiply(dy.Transposed, low, adapter.B.GradientView, scale, add: true);
            return;
        }

        partGradient ??= new NativeBuffer((long)outputs * adapter.Rank * sizeof(float));
        var sums = (float*)partGradient.Pointer;
        gemm.Multiply(dy.Transposed, low, new MatrixView(sums, outputs, adapter.Rank), scale);
        Span<float> to = adapter.B.Gradients;
        for (int i = 0; i < outputs; i++)
            for (int r = 0; r < adapter.Rank; r++) to[InB(i, r)] += sums[((nint)i * adapter.Rank) + r];
    }

    /// <summary>Lengths of the rows of W + scale · B A: ‖w‖² + 2 scale b·(A w) + scale² bᵀ(A Aᵀ)b, without that matrix in memory.</summary>
    public float[] RowLengths(Gemm gemm)
    {
        int count = target.Rows, rank = adapter.Rank;
        if (norms is null)
        {
            norms = new NativeBuffer(((2L * count * rank) + count + ((long)rank * rank)) * sizeof(float));
            var squares = new Span<float>((float*)norms.Pointer + (2L * count * rank), count);
            float[] row = new float[target.Columns];
            for (int i = 0; i < count; i++)
            {
                target.Row(i, row);
                squares[i] = TensorPrimitives.SumOfSquares<float>(row);
            }
        }

        float* along = (float*)norms.Pointer, turned = along + ((nint)count * rank), square = turned + ((nint)count * rank), inner = square + count;
        MatrixView b = B(), w = new(along, rank, count);
        target.MultiplyTransposed(gemm, adapter.A.View, w);
        gemm.Multiply(adapter.A.View, adapter.A.View.Transposed, new MatrixView(inner, rank, rank));
        gemm.Multiply(b, new MatrixView(inner, rank, rank), new MatrixView(turned, count, rank));
        var lengths = new float[count];
        for (int i = 0; i < count; i++)
        {
            double sum = square[i];
            for (int r = 0; r < rank; r++)
            {
                double x = ((float*)b.Data)[((nint)i * rank) + r];
                sum += (2 * adapter.Scale * x * along[((nint)r * count) + i]) + ((double)adapter.Scale * adapter.Scale * x * turned[((nint)i * rank) + r]);
            }

            lengths[i] = (float)Math.Sqrt(Math.Max(sum, 0));
        }

        return lengths;
    }

    public void Dispose()
    {
        part?.Dispose();
        partGradient?.Dispose();
        norms?.Dispose();
    }
}

/// <summary>Learnt factors at one weight, which may be a part of the scaled module.</summary>
internal sealed record ScalingSite(Scaling Scaling, Parameter Target, Parameter? Bias, ModuleSite Place)
{
    /// <summary>The factor's index of an output or an input of the weight.</summary>
    public int At(int index) => Scaling.OfInputs ? index : Place.At(index);
}

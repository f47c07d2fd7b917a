using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// Muon (Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024): the momentum of a matrix is brought near the closest
/// orthogonal matrix by five steps of a quintic Newton–Schulz iteration. Vectors, embeddings and the output matrix get AdamW, as its
/// authors advise.
/// </summary>
internal sealed unsafe class Muon(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : AdamW(parameters, weights, pass, options)
{
    private const int Iterations = 5;
    private const float A = 3.4445f, B = -4.775f, C = 2.0315f;

    // In float32 whatever the model is multiplied in.
    private readonly Gemm gemm = new(pass.Pool);

    private protected override long StateBytes(Parameter p) => OptimizerOptions.MatricesOnly(p) ? p.Count * sizeof(float) : base.StateBytes(p);

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        if (!OptimizerOptions.MatricesOnly(p))
        {
            base.Update(p, state, step);
            return;
        }

        int count = checked((int)p.Count);
        Span<float> momentum = new((float*)state, count), values = p.Values;
        float keeps = (float)(Options.Momentum == 0 ? 0.95 : Options.Momentum);
        using var memory = new NativeBuffer(p.Count * sizeof(float));
        Span<float> update = memory.AsSpan<float>()[..count];

        // momentum ← momentum + (g − momentum)(1 − keeps); with Nesterov the gradient goes the same way towards it.
        TensorPrimitives.Multiply(p.Gradients, (float)step.Gradient, update);
        for (int i = 0; i < count; i++)
        {
            momentum[i] += (update[i] - momentum[i]) * (1 - keeps);
            update[i] = Options.Nesterov ? update[i] + ((momentum[i] - update[i]) * keeps) : momentum[i];
        }

        TensorPrimitives.Multiply(update, (float)(1 / Math.Max(TensorPrimitives.Norm<float>(update), 1e-7)), update);
        Orthogonalize((float*)memory.Pointer, p.Rows, p.Columns);
        double size = Options.MatchRms ? 0.2 * Math.Sqrt(Math.Max(p.Rows, p.Columns)) : Math.Sqrt(Math.Max(1, (double)p.Rows / p.Columns));
        float decay = (float)(step.Rate * step.Decay), rate = (float)(step.Rate * size);
        for (int i = 0; i < count; i++)
        {
            values[i] -= (values[i] - step.Offset) * decay;
            values[i] -= rate * update[i];
        }
    }

    /// <summary>X ← aX + (bG + cG²)X with G = X Xᵀ, over the shorter side.</summary>
    private void Orthogonalize(float* x, int rows, int columns)
    {
        int n = Math.Min(rows, columns), m = Math.Max(rows, columns);
        using var memory = new NativeBuffer(((2L * n * n) + ((long)n * m)) * sizeof(float));
        float* gram = (float*)memory.Pointer, mix = gram + ((nint)n * n), next = mix + ((nint)n * n);
        var view = new MatrixView(x, rows, columns);
        MatrixView wide = rows <= columns ? view : view.Transposed, g = new(gram, n, n), p = new(mix, n, n), y = new(next, n, m);
        for (int i = 0; i < Iterations; i++)
        {
            gemm.Multiply(wide, wide.Transposed, g);
            new ReadOnlySpan<float>(gram, n * n).CopyTo(new Span<float>(mix, n * n));
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(mix, n * n), B, new Span<float>(mix, n * n));
            gemm.Multiply(g, g, p, C, add: true);
            gemm.Multiply(p, wide, y);
            for (int r = 0; r < n; r++)
                for (int c = 0; c < m; c++)
                {
                    float* at = rows <= columns ? x + ((nint)r * m) + c : x + ((nint)c * n) + r;
                    *at = (A * *at) + next[((nint)r * m) + c];
                }
        }
    }
}

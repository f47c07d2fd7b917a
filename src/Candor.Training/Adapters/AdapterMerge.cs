using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Puts adapters into the weights themselves.</summary>
public static unsafe class AdapterMerge
{
    /// <summary>Changes the adapted weights as the adapters would change what they compute. The adapters must not be used after that.</summary>
    /// <param name="adapters">Adapters of a model.</param>
    /// <param name="pool">Threads that do it.</param>
    public static void Into(AdapterSet adapters, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        var gemm = new Gemm(pool);
        foreach (LowRankSite site in adapters.Sites)
        {
            LowRank a = site.Adapter;
            float[]? lengths = a.Magnitude is null ? null : site.RowLengths(gemm);
            Span<float> values = site.Target.Values;
            if (a.IsEmbedding) gemm.Multiply(a.A.View.Transposed, a.B.View.Transposed, site.Target.View, a.Scale, add: true);
            else gemm.Multiply(site.B(), a.A.View, site.Target.View, a.Scale, add: true);
            if (lengths is null) continue;
            for (int i = 0; i < lengths.Length; i++)
            {
                Span<float> row = values.Slice(i * site.Target.Columns, site.Target.Columns);
                TensorPrimitives.Multiply(row, a.Magnitude!.Values[site.At(i)] / lengths[i], row);
            }
        }

        foreach (ScalingSite site in adapters.ScalingSites) Scale(site);
        adapters.Enabled = false;
    }

    private static void Scale(ScalingSite site)
    {
        Span<float> values = site.Target.Values, factors = site.Scaling.Factors.Values;
        int columns = site.Target.Columns;
        for (int i = 0; i < site.Target.Rows; i++)
        {
            Span<float> row = values.Slice(i * columns, columns);
            if (site.Scaling.OfInputs)
            {
                TensorPrimitives.Multiply(row, factors, row);
                continue;
            }

            float factor = factors[site.At(i)];
            TensorPrimitives.Multiply(row, factor, row);
            if (site.Bias is not null) site.Bias.Values[i] *= factor;
        }
    }
}

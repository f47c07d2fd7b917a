using System.Numerics.Tensors;
using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Puts adapters into the weights themselves.</summary>
public static unsafe class AdapterMerge
{
    /// <summary>Changes the adapted weights as the adapters would change what they compute. The adapters must not be used after that.</summary>
    /// <param name="adapters">Adapters of a model.</param>
    /// <param name="pool">Threads that do it.</param>
    /// <param name="files">Where the weights lie that become floats: its memory is given back weight by weight. Null for not.</param>
    public static void Into(AdapterSet adapters, WorkerPool pool, TensorStore? files = null)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        Into(adapters, pool, weight =>
        {
            WeightMatrix? stored = weight.Stored;
            _ = weight.Values;
            if (stored is not null) files?.Forget(stored.Data, stored.RowBytes * stored.Rows);
            return weight.View;
        });
        adapters.Enabled = false;
    }

    /// <summary>The same into floats elsewhere, which hold the weights as they are; the adapters can be used on.</summary>
    /// <param name="adapters">Adapters of a model.</param>
    /// <param name="pool">Threads that do it.</param>
    /// <param name="place">Where the floats of a weight lie, [rows, columns].</param>
    internal static void Into(AdapterSet adapters, WorkerPool pool, Func<Parameter, MatrixView> place)
    {
        var gemm = new Gemm(pool);
        foreach (LowRankSite site in adapters.Sites)
        {
            LowRank a = site.Adapter;
            float[]? lengths = a.Magnitude is null ? null : site.RowLengths(gemm);
            MatrixView to = place(site.Target);
            if (a.IsEmbedding) gemm.Multiply(a.A.View.Transposed, a.B.View.Transposed, to, a.Scale, add: true);
            else gemm.Multiply(site.B(), site.A, to, a.Scale, add: true);
            if (lengths is null) continue;
            for (int i = 0; i < lengths.Length; i++)
            {
                Span<float> row = Values(to, site.Target).Slice(i * site.Target.Columns, site.Target.Columns);
                TensorPrimitives.Multiply(row, a.Magnitude!.Values[site.At(i)] / lengths[i], row);
            }
        }

        foreach (ScalingSite site in adapters.ScalingSites) Scale(site, place);
    }

    private static Span<float> Values(MatrixView view, Parameter of) => new((float*)view.Data, checked((int)of.Count));

    private static void Scale(ScalingSite site, Func<Parameter, MatrixView> place)
    {
        Span<float> values = Values(place(site.Target), site.Target), factors = site.Scaling.Factors.Values;
        Span<float> bias = site.Bias is null ? [] : Values(place(site.Bias), site.Bias);
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
            if (!bias.IsEmpty) bias[i] *= factor;
        }
    }
}

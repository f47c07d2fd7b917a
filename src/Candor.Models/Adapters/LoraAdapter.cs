using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Candor.Kernels;


namespace Candor.Models;

/// <summary>
/// Low-rank terms beside the matrices of a plan: W x becomes W x + scale · B A x, and W stays as it is (Hu et al., arXiv:2106.09685).
/// Several may be loaded, and each sequence of a batch has one of its own or none. Complete before it is first used; thread-safe from
/// then on. Owns its memory.
/// </summary>
public sealed unsafe class LoraAdapter : IDisposable
{
    private readonly Plan plan;
    private readonly Dictionary<WeightMatrix, List<LoraTerm>> terms = [];

    /// <summary>An adapter without terms.</summary>
    /// <param name="plan">The model that it belongs to.</param>
    public LoraAdapter(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        this.plan = plan;
    }

    /// <summary>Bytes of its numbers.</summary>
    public long Bytes => terms.Values.Sum(list => list.Sum(t => t.Bytes));

    /// <summary>Adds a term to what one matrix gives. A matrix may have several: those of adapters that work together.</summary>
    /// <param name="role">The matrix's role in the architecture: <c>query</c>, <c>down</c>, …</param>
    /// <param name="layer">Index of its layer, or -1.</param>
    /// <param name="a">[rank, inputs].</param>
    /// <param name="b">[outputs, rank].</param>
    /// <param name="rank">1 or more.</param>
    /// <param name="scale">Factor on the product.</param>
    /// <exception cref="ModelInputException">The plan has no such matrix, or one of another shape.</exception>
    public void Add(string role, int layer, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        int inputs = a.Length / rank, outputs = b.Length / rank;
        if (!plan.Places.TryGetValue((role, layer), out List<MatrixPlace>? places)) throw new ModelInputException($"the model has no matrix '{role}' in layer {layer} that an adapter can stand beside");
        int rows = places.Max(p => p.Begin + p.Weight.Rows);
        if (a.Length != rank * inputs || b.Length != rank * outputs || inputs != places[0].Weight.Columns || outputs != rows)
            throw new ModelInputException($"the adapter's term for '{role}' of layer {layer} is [{outputs}, {inputs}]; the matrix is [{rows}, {places[0].Weight.Columns}]");
        foreach (MatrixPlace place in places)
        {
            ref List<LoraTerm>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(terms, place.Weight, out _);
            (list ??= []).Add(new LoraTerm(a, b.Slice(place.Begin * rank, place.Weight.Rows * rank), rank, scale));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LoraTerm term in terms.Values.SelectMany(t => t)) term.Dispose();
        terms.Clear();
    }

    internal void AppendTo(IncrementalHash hash)
    {
        foreach (LoraTerm term in terms.Values.SelectMany(t => t)) hash.AppendData(term.Numbers);
    }

    /// <summary>Adds what it has for a matrix to consecutive rows of the matrix's results.</summary>
    internal void Apply(Gemm gemm, LinearTask task, float* input, int columns, int row, int rows, float* scratch)
    {
        if (!terms.TryGetValue(task.Weight, out List<LoraTerm>? list)) return;
        foreach (LoraTerm term in list)
            term.Apply(gemm, input + ((nint)row * columns), columns, task.Output + (row * task.OutputStride), task.OutputStride, rows, task.Scale, scratch);
    }
}

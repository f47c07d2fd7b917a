using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>A weight that training may change: its values, and the gradient of the loss by them, [rows, columns] each.</summary>
public sealed unsafe class Parameter : IDisposable
{
    private NativeBuffer? values;
    private readonly NativeBuffer? gradients;

    /// <summary>A weight that does not train, as it is stored.</summary>
    internal Parameter(string role, int layer, int expert, WeightMatrix stored) =>
        (Role, Layer, Expert, Rows, Columns, Stored) = (role, layer, expert, stored.Rows, stored.Columns, stored);

    internal Parameter(string role, int layer, int expert, int rows, int columns, bool isVector, bool trains)
    {
        (Role, Layer, Expert, Rows, Columns, IsVector) = (role, layer, expert, rows, columns, isVector);
        values = new NativeBuffer(Count * sizeof(float));
        if (trains) gradients = new NativeBuffer(Count * sizeof(float));
    }

    /// <summary>Its role in the architecture: <c>query</c>, <c>down</c>, …</summary>
    public string Role { get; }

    /// <summary>Index of its layer, or -1.</summary>
    public int Layer { get; }

    /// <summary>Index of its expert, or -1.</summary>
    public int Expert { get; }

    /// <summary>Rows: outputs of a matrix.</summary>
    public int Rows { get; }

    /// <summary>Columns: inputs of a matrix; mostly 1 for what is none.</summary>
    public int Columns { get; }

    /// <summary>Whether it is no matrix to multiply with: a norm's weight, a bias, a convolution's taps.</summary>
    public bool IsVector { get; }

    /// <summary>Whether it has a gradient.</summary>
    public bool Trains => gradients is not null;

    /// <summary>Elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>A name for people and logs: <c>layer.3.query</c>.</summary>
    public string Name => (Layer < 0 ? "" : $"layer.{Layer}.") + Role + (Expert < 0 ? "" : $".{Expert}");

    /// <summary>The weight as it is stored, where it does not train: any type; null once there are <see cref="Values"/>.</summary>
    public WeightMatrix? Stored { get; private set; }

    /// <summary>The values; a weight that is only <see cref="Stored"/> is turned into floats first.</summary>
    public Span<float> Values
    {
        get
        {
            if (values is null)
            {
                values = new NativeBuffer(Count * sizeof(float));
                Dequantizer.ToFloat(Stored!.Type, Stored.Data, Value, Count);
                Stored = null;
            }

            return values.AsSpan<float>();
        }
    }

    /// <summary>The gradient; empty where it does not train.</summary>
    public Span<float> Gradients => gradients is null ? [] : gradients.AsSpan<float>();

    internal float* Value => (float*)values!.Pointer;

    internal MatrixView View => new(Value, Rows, Columns);

    internal MatrixView GradientView => new(Gradient, Rows, Columns);

    internal float* Gradient => gradients is null ? null : (float*)gradients.Pointer;

    /// <summary>c = alpha · (a · weightᵀ + term), or that is added to c.</summary>
    internal void MultiplyTransposed(Gemm gemm, MatrixView a, MatrixView c, float alpha = 1, bool add = false, LowRankTerm term = default)
    {
        if (Stored is null) gemm.Multiply(a, View.Transposed, c, alpha, add, term);
        else gemm.Multiply(a, new StoredView(Stored, true), c, alpha, add, term);
    }

    /// <summary>c = alpha · (a · weight + term), or that is added to c.</summary>
    internal void Multiply(Gemm gemm, MatrixView a, MatrixView c, float alpha = 1, bool add = false, LowRankTerm term = default)
    {
        if (Stored is null) gemm.Multiply(a, View, c, alpha, add, term);
        else gemm.Multiply(a, new StoredView(Stored, false), c, alpha, add, term);
    }

    /// <summary>Copies a row.</summary>
    internal void Row(int row, Span<float> to)
    {
        fixed (float* p = to)
        {
            if (Stored is null) new ReadOnlySpan<float>(Value + ((nint)row * Columns), Columns).CopyTo(to);
            else Dequantizer.ToFloat(Stored.Type, Stored.Data + (row * Stored.RowBytes), p, Columns);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        values?.Dispose();
        gradients?.Dispose();
    }
}

using Candor.Tensors;

namespace Candor.Training;

/// <summary>A weight that training may change: its values, and the gradient of the loss by them, [rows, columns] each.</summary>
public sealed unsafe class Parameter : IDisposable
{
    private readonly NativeBuffer values;
    private readonly NativeBuffer? gradients;

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

    /// <summary>Columns: inputs of a matrix; 1 for a vector.</summary>
    public int Columns { get; }

    /// <summary>Whether it is a vector: a norm's weight, or a bias.</summary>
    public bool IsVector { get; }

    /// <summary>Whether it has a gradient.</summary>
    public bool Trains => gradients is not null;

    /// <summary>Elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>A name for people and logs: <c>layer.3.query</c>.</summary>
    public string Name => (Layer < 0 ? "" : $"layer.{Layer}.") + Role + (Expert < 0 ? "" : $".{Expert}");

    /// <summary>The values.</summary>
    public Span<float> Values => values.AsSpan<float>();

    /// <summary>The gradient; empty where it does not train.</summary>
    public Span<float> Gradients => gradients is null ? [] : gradients.AsSpan<float>();

    internal float* Value => (float*)values.Pointer;

    internal float* Gradient => gradients is null ? null : (float*)gradients.Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        values.Dispose();
        gradients?.Dispose();
    }
}

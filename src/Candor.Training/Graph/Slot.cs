using Candor.Kernels;

namespace Candor.Training;

/// <summary>What one point of the network holds for every row: a value, and on the way back the gradient of the loss by it. [rows, width] each.</summary>
internal sealed unsafe class Slot(string name, int width)
{
    public string Name => name;

    public int Width => width;

    public float* Value { get; set; }

    public float* Gradient { get; set; }

    public float* ValueAt(int row) => Value + ((nint)row * width);

    public float* GradientAt(int row) => Gradient + ((nint)row * width);

    /// <summary>All rows of a pass as a matrix.</summary>
    public MatrixView ValueView(Pass pass) => new(Value, pass.Rows, width);

    public MatrixView GradientView(Pass pass) => new(Gradient, pass.Rows, width);

    public Span<float> Values(int row) => new(ValueAt(row), width);

    public Span<float> Gradients(int row) => new(GradientAt(row), width);

    /// <summary>Values moved apart into memory that begins there; returns where it ends.</summary>
    public float* PlaceValue(float* at, int rows)
    {
        Value = at;
        return at + Padded(rows);
    }

    public float* PlaceGradient(float* at, int rows)
    {
        Gradient = at;
        return at + Padded(rows);
    }

    /// <summary>Floats that it takes, up to a whole cache line.</summary>
    public long Padded(int rows) => (((long)rows * width) + 15) / 16 * 16;
}

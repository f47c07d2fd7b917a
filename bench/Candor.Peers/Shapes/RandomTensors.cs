using System.Runtime.InteropServices;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Peers.Shapes;

/// <summary>Tensors of made-up numbers.</summary>
internal static class RandomTensors
{
    private const int Drawn = 1 << 20;

    /// <summary>A vector of one number, in float32.</summary>
    public static TensorSource Vector(string name, int size, float value) => Table(name, size, 1, (_, _) => value, [size]);

    /// <summary>Numbers by row and column, in float32.</summary>
    public static TensorSource Table(string name, int rows, int columns, Func<int, int, float> number) => Table(name, rows, columns, number, [rows, columns]);

    /// <summary>Normal numbers in half precision, of a deviation that keeps the residual stream's size: a million of them, from another place on in each stretch.</summary>
    public static TensorSource Matrix(string name, params long[] shape) => new(name + ".weight", ElementType.F16, [.. shape], stream =>
    {
        long columns = shape[^1], count = shape.Aggregate(1L, (a, b) => a * b);
        var random = new Random(name.Length + (int)(count / columns));
        var drawn = new Half[Drawn];
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = (Half)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) * 0.5 / Math.Sqrt(columns));
        for (long left = count; left > 0;)
        {
            int from = random.Next(Drawn / 2), part = (int)Math.Min(left, Drawn - from);
            stream.Write(MemoryMarshal.AsBytes<Half>(drawn.AsSpan(from, part)));
            left -= part;
        }
    });

    private static TensorSource Table(string name, int rows, int columns, Func<int, int, float> number, long[] shape) => new(name, ElementType.F32, [.. shape], stream =>
    {
        var values = new float[rows * columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) values[(r * columns) + c] = number(r, c);
        stream.Write(MemoryMarshal.AsBytes<float>(values));
    });
}

using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Training;

/// <summary>
/// RMS norm or layer norm of each row, or of each head or group of columns of a row: x̂ = (x − mean) / deviation, y = x̂ · weight + bias. Backward:
/// dx = (g − mean(g) − x̂ · mean(g · x̂)) / deviation with g = dy · weight; without the first mean for RMS norm.
/// </summary>
internal sealed unsafe class NormOperation(NormSpec norm, Slot input, Parameter? weight, Parameter? bias, Slot output, int size) : Operation
{
    private readonly int groups = input.Width / size;

    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            for (int g = 0; g < groups; g++)
            {
                float* x = input.ValueAt(r) + (g * size), y = output.ValueAt(r) + (g * size);
                float* w = weight is null ? null : weight.Value + Offset(g), b = bias is null ? null : bias.Value;
                if (norm.Kind == NormKind.Rms) Norm.Rms(x, w, b, y, size, norm.Epsilon);
                else Norm.Layer(x, w, b, y, size, norm.Epsilon);
            }
        }
    });

    public override void Backward(Pass pass)
    {
        var weightSums = weight is { Trains: true } ? new float[Pass.Chunks][] : null;
        var biasSums = bias is { Trains: true } ? new float[Pass.Chunks][] : null;
        pass.RunChunks((begin, end, chunk) =>
        {
            float[] unit = new float[size], inner = new float[size];
            float[]? dw = weightSums is null ? null : weightSums[chunk] = new float[weight!.Count], db = biasSums is null ? null : biasSums[chunk] = new float[size];
            for (int r = begin; r < end; r++)
            {
                for (int g = 0; g < groups; g++)
                {
                    ReadOnlySpan<float> dy = output.Gradients(r).Slice(g * size, size);
                    float inverse = Unit(input.Values(r).Slice(g * size, size), unit);
                    if (dw is not null)
                    {
                        Span<float> own = dw.AsSpan(Offset(g), size);
                        TensorPrimitives.MultiplyAdd(dy, unit, own, own);
                    }

                    if (db is not null) TensorPrimitives.Add(dy, db, db);
                    if (weight is null) dy.CopyTo(inner);
                    else TensorPrimitives.Multiply(dy, weight.Values.Slice(Offset(g), size), inner);
                    float along = TensorPrimitives.Dot<float>(inner, unit) / size;
                    float mean = norm.Kind == NormKind.Layer ? TensorPrimitives.Sum<float>(inner) / size : 0;
                    TensorPrimitives.MultiplyAdd(unit, -along, inner, inner);
                    if (mean != 0) TensorPrimitives.Subtract(inner, mean, inner);
                    Span<float> dx = input.Gradients(r).Slice(g * size, size);
                    TensorPrimitives.MultiplyAdd(inner, inverse, dx, dx);
                }
            }
        });
        Reduce(weightSums, weight);
        Reduce(biasSums, bias);
    }

    /// <summary>Where a group's weights begin: heads share theirs, other groups have their own.</summary>
    private int Offset(int group) => weight!.Count > size ? group * size : 0;

    private static void Reduce(float[][]? parts, Parameter? to)
    {
        if (parts is null) return;
        foreach (float[]? part in parts)
            if (part is not null) TensorPrimitives.Add(to!.Gradients, part, to.Gradients);
    }

    /// <summary>x̂, and one over the deviation.</summary>
    private float Unit(ReadOnlySpan<float> x, Span<float> unit)
    {
        if (norm.Kind == NormKind.Layer) TensorPrimitives.Subtract(x, TensorPrimitives.Sum(x) / size, unit);
        else x.CopyTo(unit);
        float inverse = 1 / MathF.Sqrt((TensorPrimitives.SumOfSquares<float>(unit) / size) + norm.Epsilon);
        TensorPrimitives.Multiply(unit, inverse, unit);
        return inverse;
    }
}

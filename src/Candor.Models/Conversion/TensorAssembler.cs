using System.Collections.Immutable;
using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>
/// Makes tensors of the target from the source's weights: it undoes what the target's tensor map does when it reads them,
/// last operation first, and puts parts of a fused tensor together.
/// </summary>
/// <param name="source">The source's spec.</param>
/// <param name="weights">The source's weights.</param>
/// <param name="target">The same model as the target's family reads it.</param>
internal sealed unsafe class TensorAssembler(ModelSpec source, ModelWeights weights, ModelSpec target)
{
    private readonly RopeReorder turn = new(source, target);

    /// <summary>The shape of a tensor as its parts give it: [experts,] rows, columns, or a vector.</summary>
    public ImmutableArray<long> Shape(TargetTensor tensor)
    {
        (long rows, long columns, bool vector) = SliceShape(tensor.Slices[0]);
        int blocks = TransposedBlocks(tensor.Slices[0]);
        long[] shape = vector ? [rows * columns] : blocks > 1 ? [blocks, rows / blocks, columns] : [rows, columns];
        return tensor.Stacked ? [tensor.Slices.Count, .. shape] : [.. shape];
    }

    /// <summary>The type that its parts are stored in, where they agree and no operation computes; else float32.</summary>
    public ElementType NaturalType(TargetTensor tensor)
    {
        ElementType? common = null;
        foreach (WeightPart part in tensor.Slices.SelectMany(s => s))
        {
            ElementType type = weights.Stored(part.Role, part.Layer, part.Expert)!.Type;
            bool computed = Computes(part.Operations) || Computes(WeightSource.Parse(source.Tensors[part.Role]).Operations);
            if (computed || type is not (ElementType.F16 or ElementType.BF16) || (common ?? type) != type) return ElementType.F32;
            common = type;
        }

        return common ?? ElementType.F32;
    }

    /// <summary>Writes the elements of a tensor in a type.</summary>
    public void Write(TargetTensor tensor, ElementType type, Stream stream)
    {
        foreach (IReadOnlyList<WeightPart> slice in tensor.Slices)
        {
            using NativeBuffer values = Values(slice, out long rows, out long columns);
            ElementWriter.Write((float*)values.Pointer, rows, columns, type, stream);
        }
    }

    private static bool Computes(IReadOnlyList<WeightOperation> operations) =>
        operations.Any(o => o.Kind is WeightOperationKind.Add or WeightOperationKind.NegativeExponential);

    private (long Rows, long Columns, bool Vector) SliceShape(IReadOnlyList<WeightPart> parts)
    {
        long rows = 0, columns = 0;
        bool vector = false;
        foreach (WeightPart part in parts)
        {
            RawWeight raw = weights.Load(part.Role, part.Layer, part.Expert, out StoredTensor stored);
            raw.Owned?.Dispose();
            int rank = stored.Shape.Length - (part.Expert >= 0 && !source.Tensors[part.Role].Contains("{expert}", StringComparison.Ordinal) ? 1 : 0);
            vector = rank <= 1;
            (long partRows, long partColumns) = vector ? (raw.Rows * raw.Columns, 1) : (raw.Rows, raw.Columns);
            if (Placement(part) is { Kind: WeightOperationKind.Gather } gather) rows = partRows / (long)gather.C * (long)gather.A;
            else rows += partRows;
            columns = partColumns;
        }

        int blocks = TransposedBlocks(parts);
        return blocks > 0 ? (columns * blocks, rows / blocks, vector) : (rows, columns, vector);
    }

    /// <summary>In how many blocks of rows the target stores a matrix transposed: latent attention has one for each head; 0 where it does not.</summary>
    private int TransposedBlocks(IReadOnlyList<WeightPart> parts)
    {
        if (!parts[0].Operations.Any(o => o.Kind == WeightOperationKind.Transpose)) return 0;
        return parts[0].Role is "key_b" or "value_b" ? source.Layers[parts[0].Layer].Attention!.Heads : 1;
    }

    private static WeightOperation? Placement(WeightPart part) =>
        part.Operations is [.., { Kind: WeightOperationKind.Rows or WeightOperationKind.Gather } last] ? last : null;

    /// <summary>The values of one matrix or vector as float32.</summary>
    private NativeBuffer Values(IReadOnlyList<WeightPart> parts, out long rows, out long columns)
    {
        (rows, columns, bool vector) = SliceShape(parts);
        if (vector) (rows, columns) = (1, rows * columns);
        int blocks = TransposedBlocks(parts);
        long width = vector ? 1 : blocks > 0 ? rows / blocks : columns;
        var whole = new NativeBuffer(checked(rows * columns * sizeof(float)));
        float* to = (float*)whole.Pointer;
        foreach (WeightPart part in parts)
        {
            RawWeight raw = weights.Load(part.Role, part.Layer, part.Expert, out _);
            raw.ToFloat();
            float* from = (float*)raw.Data;
            long count = raw.Rows * raw.Columns / width;
            turn.Apply(part, from, count, width);
            if (Multipliers.Fold(source)) Fold(part, from, count, width);
            foreach (WeightOperation operation in part.Operations) Undo(operation, from, count * width);
            switch (Placement(part))
            {
                case { Kind: WeightOperationKind.Gather } g:
                    for (long r = 0; r < count; r++)
                        Copy(from + (r * width), to + (((r / (long)g.C * (long)g.A) + (long)g.B + (r % (long)g.C)) * width), width);
                    break;
                case { } range:
                    Copy(from, to + ((long)range.A * width), count * width);
                    break;
                default:
                    Copy(from, to, count * width);
                    break;
            }

            raw.Owned!.Dispose();
        }

        return blocks > 0 ? Transpose(whole, blocks, columns, width) : whole;
    }

    private void Fold(WeightPart part, float* values, long count, long width)
    {
        for (long r = 0; r < count; r++)
        {
            float factor = Multipliers.Ratio(source, target, part, r);
            if (factor != 1)
                for (long c = 0; c < width; c++) values[(r * width) + c] *= factor;
        }
    }

    private static void Undo(WeightOperation operation, float* values, long count)
    {
        if (operation.Kind == WeightOperationKind.Add)
            for (long i = 0; i < count; i++) values[i] -= (float)operation.A;
        if (operation.Kind == WeightOperationKind.NegativeExponential)
            for (long i = 0; i < count; i++) values[i] = (float)Math.Log(-(double)values[i]);
    }

    private static void Copy(float* from, float* to, long count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));

    /// <summary>Each of some blocks <c>[rows, columns]</c> transposed.</summary>
    private static NativeBuffer Transpose(NativeBuffer whole, int blocks, long rows, long columns)
    {
        using NativeBuffer old = whole;
        var result = new NativeBuffer(whole.Length);
        float* from = (float*)whole.Pointer, to = (float*)result.Pointer;
        for (int b = 0; b < blocks; b++, from += rows * columns, to += rows * columns)
            for (long r = 0; r < rows; r++)
                for (long c = 0; c < columns; c++) to[(c * rows) + r] = from[(r * columns) + c];
        return result;
    }
}

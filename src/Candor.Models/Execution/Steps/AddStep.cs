using System.Numerics.Tensors;

namespace Candor.Models.Steps;

/// <summary>sum += scale · input, row by row.</summary>
internal sealed unsafe class AddStep(int input, int sum, float scale) : Step
{
    public override void Run(Workspace w)
    {
        int width = w.Width(sum);
        for (int r = 0; r < w.Rows; r++)
        {
            var target = new Span<float>(w.Row(sum, r), width);
            TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(w.Row(input, r), width), scale, target, target);
        }

        w.Buffer(sum).MarkChanged();
    }
}

/// <summary>output = scale · input, row by row; both may be one buffer.</summary>
internal sealed unsafe class ScaleStep(int input, int output, float scale) : Step
{
    public override void Run(Workspace w)
    {
        int width = w.Width(output);
        for (int r = 0; r < w.Rows; r++)
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(w.Row(input, r), width), scale, new Span<float>(w.Row(output, r), width));
        w.Buffer(output).MarkChanged();
    }
}

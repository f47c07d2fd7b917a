using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Normalises rows, whole or head by head; input and output may be one buffer.</summary>
internal sealed unsafe class NormStep(NormWeights norm, int input, int output) : Step
{
    private const int RowsInline = 4;

    public override void Run(Workspace w)
    {
        if (w.Rows <= RowsInline) Range(w, 0, w.Rows, 0);
        else w.Parallel(this, w.Rows, 8);
        w.Buffer(output).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        for (int r = begin; r < end; r++) norm.Apply(w.Row(input, r), w.Row(output, r));
    }
}

/// <summary>A norm with its weights.</summary>
internal sealed unsafe class NormWeights(NormSpec spec, float* weight, float* bias, int size)
{
    public int Size => size;

    public void Apply(float* x, float* y)
    {
        if (spec.Kind == NormKind.Rms) Norm.Rms(x, weight, bias, y, size, spec.Epsilon);
        else Norm.Layer(x, weight, bias, y, size, spec.Epsilon);
    }

    /// <summary>Applies it to consecutive pieces; with weights for all pieces (a multiple of the size) each uses its own.</summary>
    public void ApplyHeads(float* x, int heads)
    {
        for (int h = 0; h < heads; h++) Apply(x + h * size, x + h * size);
    }
}

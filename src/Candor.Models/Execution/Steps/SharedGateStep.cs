namespace Candor.Models.Steps;

/// <summary>Multiplies each row by the sigmoid of its gate logit [rows, 1] (Qwen 2 MoE's shared expert).</summary>
internal sealed unsafe class SharedGateStep(int gate, int rows) : Step
{
    public override void Run(Workspace w)
    {
        for (int r = 0; r < w.Rows; r++) VectorRows.Scale(1 / (1 + MathF.Exp(-*w.Row(gate, r))), w.Row(rows, r), w.Width(rows));
        w.Buffer(rows).MarkChanged();
    }
}

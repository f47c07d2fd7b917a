namespace Candor.Training;

/// <summary>y += scale · (x Aᵀ) Bᵀ, beside a matrix that stays as it is.</summary>
internal sealed class LowRankOperation(AdapterSet set, Slot input, LowRankSite site, Slot low, Slot output) : Operation
{
    public override void Forward(Pass pass)
    {
        if (set.Enabled) site.Forward(pass.Gemm, input.ValueView(pass), low.ValueView(pass), output.ValueView(pass));
    }

    public override void Backward(Pass pass)
    {
        if (set.Enabled) site.Backward(pass.Gemm, input.ValueView(pass), low.ValueView(pass), output.GradientView(pass), low.GradientView(pass), input.GradientView(pass));
    }
}

namespace Candor.Training;

/// <summary>y = x Wᵀ + scale · (x Aᵀ) Bᵀ + bias: a matrix that stays as it is, and the adapter beside it.</summary>
internal sealed class LowRankLinearOperation(AdapterSet set, LowRankSite site, Slot input, Parameter? bias, Slot low, Slot output) : Operation
{
    private readonly LinearOperation plain = new(input, site.Target, bias, output);

    public override void Forward(Pass pass)
    {
        if (!set.Enabled)
        {
            plain.Forward(pass);
            return;
        }

        site.Forward(pass.Gemm, input.ValueView(pass), low.ValueView(pass), output.ValueView(pass));
        LinearOperation.AddBias(pass, bias, output);
    }

    public override void Backward(Pass pass)
    {
        if (!set.Enabled)
        {
            plain.Backward(pass);
            return;
        }

        site.Backward(pass.Gemm, input.ValueView(pass), low.ValueView(pass), output.GradientView(pass), low.GradientView(pass), input.GradientView(pass), add: true);
        plain.BackwardOfWeights(pass);
    }
}

namespace Candor.Training;

/// <summary>How the learning rate goes down after its warm-up.</summary>
public enum RateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>In a straight line to the least rate.</summary>
    Linear,

    /// <summary>Along half a cosine to the least rate (Loshchilov and Hutter, arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>Along a power of the way that is left, to the least rate.</summary>
    Polynomial,

    /// <summary>By the root of the steps, as the first transformers did: √(warm-up / step), with 10,000 for a warm-up of 0.</summary>
    InverseRoot,

    /// <summary>Half a cosine to the least rate, several times over (Loshchilov and Hutter, arXiv:1608.03983).</summary>
    CosineRestarts,

    /// <summary>It stays, and goes down in a straight line at the end: warm-up, stable, decay (Hu et al., arXiv:2404.06395).</summary>
    Wsd,

    /// <summary>The same with half a cosine at the end.</summary>
    WsdCosine,

    /// <summary>The same with 1 − √x at the end (Hägele et al., arXiv:2405.18392).</summary>
    WsdRoot,
}

/// <summary>The learning rate of each step, as a factor of the highest.</summary>
public sealed record LearningRate
{
    /// <summary>The schedule. Default cosine.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Steps of the run.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps in which the rate grows in a straight line: from 0, so that the first step has rate 0, or from the least one with <see cref="RateSchedule.Wsd"/> and its kin. Default 0.</summary>
    public int WarmUp { get; init; }

    /// <summary>Steps of the decay at the end, for <see cref="RateSchedule.Wsd"/> and its kin; the first of them still has the full rate. Default 0.</summary>
    public int Decay { get; init; }

    /// <summary>For <see cref="RateSchedule.Polynomial"/>: the power. Default 1.</summary>
    public double Power { get; init; } = 1;

    /// <summary>For <see cref="RateSchedule.CosineRestarts"/>: how often the rate comes down. Default 1.</summary>
    public int Cycles { get; init; } = 1;

    /// <summary>The rate at the end, as a factor of the highest. Default 0.</summary>
    public double Least { get; init; }

    /// <summary>The factor of a step.</summary>
    /// <param name="step">Counted from 0.</param>
    public double At(int step)
    {
        if (step < WarmUp)
        {
            double grown = (double)step / WarmUp;
            return Schedule >= RateSchedule.Wsd ? Least + ((1 - Least) * grown) : grown;
        }

        double along = Math.Min(1, (double)(step - WarmUp) / Math.Max(1, Steps - WarmUp));
        return Schedule switch
        {
            RateSchedule.Linear => Least + ((1 - Least) * (1 - along)),
            RateSchedule.Cosine => Least + ((1 - Least) * 0.5 * (1 + Math.Cos(Math.PI * along))),
            RateSchedule.Polynomial => Least + ((1 - Least) * Math.Pow(1 - along, Power)),
            RateSchedule.InverseRoot => Math.Max(Least, Math.Sqrt((WarmUp > 0 ? WarmUp : 10_000.0) / (step + (WarmUp > 0 ? 0 : 10_000.0)))),
            RateSchedule.CosineRestarts => along >= 1 ? Least : Least + ((1 - Least) * 0.5 * (1 + Math.Cos(Math.PI * (along * Cycles % 1)))),
            RateSchedule.Wsd => Ending(step, x => 1 - x),
            RateSchedule.WsdCosine => Ending(step, x => 0.5 * (1 + Math.Cos(Math.PI * x))),
            RateSchedule.WsdRoot => Ending(step, x => 1 - Math.Sqrt(x)),
            _ => 1,
        };
    }

    private double Ending(int step, Func<double, double> shape)
    {
        int begin = Steps - Decay;
        return step < begin ? 1 : Least + ((1 - Least) * shape(Math.Min(1, (double)(step - begin) / Math.Max(1, Decay))));
    }
}

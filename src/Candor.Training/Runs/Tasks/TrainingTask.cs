namespace Candor.Training;

/// <summary>What a step of a task came to.</summary>
/// <param name="Loss">Mean loss of the step.</param>
/// <param name="Tokens">Tokens that went through the network.</param>
/// <param name="Correct">Share of pairs or answers that are ranked right, for the preference methods.</param>
/// <param name="Reward">Mean reward of the step's answers, for GRPO.</param>
internal readonly record struct StepOutcome(double Loss, int Tokens, double? Correct = null, double? Reward = null);

/// <summary>What a run trains for: it draws data and leaves the gradients of a step.</summary>
internal abstract class TrainingTask : IDisposable
{
    /// <summary>Pieces of data.</summary>
    public abstract int Count { get; }

    /// <summary>How often all data was seen.</summary>
    public abstract int Epoch { get; }

    /// <summary>Pieces seen since.</summary>
    public abstract int Position { get; }

    public abstract void Seek(int epoch, int position);

    /// <summary>Adds the gradients of the next step.</summary>
    /// <param name="step">Steps taken before.</param>
    public abstract StepOutcome Step(int step);

    /// <summary>A part of a step that tells how long a whole one takes; adds gradients, and moves the place in the data.</summary>
    /// <returns>The share of a step.</returns>
    public virtual double Trial()
    {
        Step(0);
        return 1;
    }

    /// <summary>Tokens of the validation texts.</summary>
    public virtual long ValidTokens => 0;

    /// <summary>Bits per byte of the validation texts, or null where there are none.</summary>
    public virtual double? Validate() => null;

    /// <summary>The same of the general texts.</summary>
    public virtual double? General() => null;

    public abstract void Dispose();

    /// <summary>Tokens of each batch of a step.</summary>
    protected static IEnumerable<int> BatchSizes(TrainingRecipe recipe)
    {
        for (int left = recipe.StepTokens; left >= recipe.Length; left -= recipe.BatchTokens) yield return Math.Min(left, recipe.BatchTokens);
    }
}

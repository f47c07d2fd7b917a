namespace Candor.Training;

/// <summary>What a step of training did.</summary>
/// <param name="Step">Steps taken by now.</param>
/// <param name="Loss">Mean of −ln p over the step's targets.</param>
/// <param name="GradientNorm">Length of the gradient before it was shortened.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Tokens">Tokens that went through the network in this step.</param>
/// <param name="Seconds">Time that the step took.</param>
/// <param name="BitsPerByte">On the validation texts, where they were measured after this step.</param>
/// <param name="Correct">Share of pairs or answers that are ranked right, for the preference methods.</param>
/// <param name="Reward">Mean reward of the step's answers, for GRPO.</param>
public sealed record StepReport(int Step, double Loss, double GradientNorm, double Rate, int Tokens, double Seconds, double? BitsPerByte = null, double? Correct = null, double? Reward = null);

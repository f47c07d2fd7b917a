namespace Candor.Inference.Sampling;

/// <summary>The usual orders of the steps. They differ in outcome: each step sees what the ones before it left.</summary>
public static class SamplingOrder
{
    /// <summary>llama.cpp's: cuts on the model's own probabilities, temperature last.</summary>
    public static IReadOnlyList<SamplingStep> TemperatureLast { get; } = Array.AsReadOnly(
    [
        SamplingStep.TopNSigma, SamplingStep.TopK, SamplingStep.Typical, SamplingStep.TopP, SamplingStep.MinP,
        SamplingStep.EpsilonCutoff, SamplingStep.EtaCutoff, SamplingStep.Xtc, SamplingStep.Temperature,
    ]);

    /// <summary>That of transformers, vLLM and OpenAI: temperature first, cuts on what it made of the probabilities.</summary>
    public static IReadOnlyList<SamplingStep> TemperatureFirst { get; } = Array.AsReadOnly(
    [
        SamplingStep.Temperature, SamplingStep.TopNSigma, SamplingStep.TopK, SamplingStep.TopP, SamplingStep.MinP,
        SamplingStep.Typical, SamplingStep.EpsilonCutoff, SamplingStep.EtaCutoff, SamplingStep.Xtc,
    ]);
}

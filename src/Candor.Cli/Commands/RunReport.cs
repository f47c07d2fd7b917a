using System.Text.Json;
using Candor.Cli.Common;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary>A finished generation as JSON.</summary>
internal static class RunReport
{
    public static void Write(GenerationResult result) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteString("text", result.Text);
        w.WriteString("finish", result.Finish == FinishReason.Stop ? "stop" : "length");
        w.WriteIds("prompt_ids", result.PromptIds);
        w.WriteIds("generated_ids", result.GeneratedIds);
        if (result.LogProbabilities.Count > 0) Probabilities(w, result.LogProbabilities);
        w.WriteStartObject("timings");
        w.WriteNumber("prompt_tokens", result.PromptIds.Count);
        w.WriteNumber("prompt_seconds", result.PromptTime.TotalSeconds);
        w.WriteNumber("generated_tokens", result.GeneratedIds.Count);
        w.WriteNumber("generation_seconds", result.GenerationTime.TotalSeconds);
        if (result.GuessedTokens > 0)
        {
            w.WriteNumber("guessed_tokens", result.GuessedTokens);
            w.WriteNumber("right_guesses", result.RightGuesses);
        }

        w.WriteEndObject();
        w.WriteEndObject();
    });

    private static void Probabilities(Utf8JsonWriter w, IReadOnlyList<GeneratedToken> tokens)
    {
        w.WriteStartArray("logprobs");
        foreach (GeneratedToken token in tokens)
        {
            w.WriteStartObject();
            w.WriteNumber("id", token.Id);
            JsonOutput.WriteNumber(w, "logprob", token.LogProbability ?? double.NaN);
            w.WriteStartArray("top");
            foreach (TokenLogProbability likely in token.Likeliest)
            {
                w.WriteStartObject();
                w.WriteNumber("id", likely.Id);
                JsonOutput.WriteNumber(w, "logprob", likely.LogProbability);
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteEndObject();
        }

        w.WriteEndArray();
    }
}

using System.CommandLine;
using Candor.Inference;

namespace Candor.Cli.Common;

/// <summary>Options on guessing tokens ahead.</summary>
internal sealed class SpeculationOptionsGroup
{
    private static readonly SpeculationOptions Defaults = new();

    private readonly Option<bool> speculate = new("--speculate") { Description = "Guesses tokens ahead from what the text has said before; faster where answers quote what they were given, and never another text." };
    private readonly Option<string?> draft = new("--draft") { Description = "A smaller model with the same tokens that guesses tokens ahead." };
    private readonly Option<int> tokens = new("--draft-tokens") { Description = "Most tokens that are guessed at once, 1 to 64.", DefaultValueFactory = _ => Defaults.Tokens };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[speculate, draft, tokens]) command.Options.Add(option);
    }

    /// <summary>The smaller model that was named, or null. The caller owns it.</summary>
    public LanguageModel? OpenDraft(ParseResult parsed, ModelOptionsGroup model) =>
        parsed.GetValue(draft) is { } path ? LanguageModel.Open(path, new ModelOptions { Plan = model.PlanOptions(parsed) }) : null;

    /// <summary>What was asked for, or null where nothing was.</summary>
    public SpeculationOptions? Read(ParseResult parsed, LanguageModel? opened)
    {
        int most = parsed.GetValue(tokens);
        if (most is < 1 or > 64) throw new CliException($"--draft-tokens {most}: 1 to 64 is possible", ExitCode.Usage);
        return opened is null && !parsed.GetValue(speculate) ? null : Defaults with { Tokens = most, Draft = opened };
    }
}

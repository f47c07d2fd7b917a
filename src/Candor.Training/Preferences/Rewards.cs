using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Candor.Training;

/// <summary>The rewards that recipes name. Thread-safe.</summary>
public sealed partial class Rewards
{
    private readonly IReadOnlyList<(RewardRule Rule, Regex? Pattern)> rules;

    /// <summary>Prepares rewards.</summary>
    /// <exception cref="TrainingException">There is none, or one lacks what it needs.</exception>
    public Rewards(IReadOnlyList<RewardRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Count == 0) throw new TrainingException("grpo.rewards names no reward");
        this.rules = [.. rules.Select(r => (r, r.Kind == RewardKind.Matches ? SafePattern.Of(r.Pattern ?? throw new TrainingException("grpo.rewards: matches needs pattern"), "grpo.rewards") : null))];
        if (rules.Any(r => r.Kind == RewardKind.Length && r.Words < 1)) throw new TrainingException("grpo.rewards: length needs words, 1 or more");
    }

    /// <summary>The sum of an answer's rewards.</summary>
    /// <exception cref="TrainingException">A reward compares with an answer, and the entry has none.</exception>
    public double Of(DrawnAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return rules.Sum(r => r.Rule.Weight * One(r.Rule, r.Pattern, answer));
    }

    private static double One(RewardRule rule, Regex? pattern, DrawnAnswer a) => rule.Kind switch
    {
        RewardKind.Contains => a.Text.Contains(Answer(a), StringComparison.Ordinal) ? 1 : 0,
        RewardKind.Equals => a.Text.Trim() == Answer(a).Trim() ? 1 : 0,
        RewardKind.Number => LastNumber(a.Text) is { } said && said == LastNumber(Answer(a)) ? 1 : 0,
        RewardKind.Matches => pattern!.IsMatch(a.Text) ? 1 : 0,
        RewardKind.Json => IsJson(a.Text) ? 1 : 0,
        RewardKind.Ends => a.Ended ? 1 : 0,
        _ => Math.Max(0, 1 - (Math.Abs(a.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length - rule.Words) / (double)rule.Words)),
    };

    private static string Answer(DrawnAnswer a) => RecordShape.Text(a.Entry, "answer") ?? throw new TrainingException("grpo: an entry has no answer to compare with");

    private static decimal? LastNumber(string text) =>
        Numbers().Matches(text.Replace(",", "", StringComparison.Ordinal)).LastOrDefault() is { } last && decimal.TryParse(last.ValueSpan, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    private static bool IsJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Numbers();
}

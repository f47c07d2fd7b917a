namespace Candor.Training;

/// <summary>Learning from rewards: several answers to each prompt are drawn, and those better than their group are made likelier (GRPO; Shao et al., arXiv:2402.03300).</summary>
public sealed record GrpoOptions
{
    /// <summary>Prompts of a step. Default 4.</summary>
    public int Prompts { get; set; } = 4;

    /// <summary>Answers that are drawn to each prompt, 2 or more. Default 8.</summary>
    public int Answers { get; set; } = 8;

    /// <summary>The most tokens of an answer. Default 64.</summary>
    public int MostTokens { get; set; } = 64;

    /// <summary>Logits are divided by it when answers are drawn. Default 1.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>The objective.</summary>
    public PolicyOptions Policy { get; set; } = new();

    /// <summary>What answers are rewarded for; their rewards are added.</summary>
    public IReadOnlyList<RewardRule> Rewards { get; set; } = [];
}

/// <summary>Rewards that a recipe can name.</summary>
public enum RewardKind
{
    /// <summary>1 where the text contains the entry's <c>answer</c>.</summary>
    Contains,

    /// <summary>1 where the text is the entry's <c>answer</c>, spaces around it aside.</summary>
    Equals,

    /// <summary>1 where the last number of the text is the last one of the entry's <c>answer</c>.</summary>
    Number,

    /// <summary>1 where the text matches <see cref="RewardRule.Pattern"/>.</summary>
    Matches,

    /// <summary>1 where the text is JSON.</summary>
    Json,

    /// <summary>1 where the model ended the text by itself.</summary>
    Ends,

    /// <summary>1 less the share by which the text's words miss <see cref="RewardRule.Words"/>; 0 at the least.</summary>
    Length,
}

/// <summary>A reward.</summary>
public sealed record RewardRule
{
    /// <summary>What is rewarded.</summary>
    public RewardKind Kind { get; set; }

    /// <summary>Factor on it; below 0 for what is not wanted. Default 1.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>For <see cref="RewardKind.Matches"/>: a regular expression.</summary>
    public string? Pattern { get; set; }

    /// <summary>For <see cref="RewardKind.Length"/>: words that a text should have.</summary>
    public int Words { get; set; }
}

/// <summary>An answer that was drawn, as rewards see it.</summary>
/// <param name="Entry">The entry of the data: its prompt, and whatever else it has.</param>
/// <param name="Text">The answer.</param>
/// <param name="Ended">Whether the model ended it by itself.</param>
public sealed record DrawnAnswer(System.Text.Json.JsonElement Entry, string Text, bool Ended);

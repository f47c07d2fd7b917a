namespace Candor.Training;

/// <summary>A prompt and an answer to it, as tokens.</summary>
/// <param name="Ids">Both, one after the other.</param>
/// <param name="Prompt">Tokens of the prompt.</param>
public sealed record PromptedAnswer(int[] Ids, int Prompt)
{
    /// <summary>Tokens of the answer.</summary>
    public int Tokens => Ids.Length - Prompt;
}

/// <summary>Answers that go through a network together, each attending only to its own prompt and itself.</summary>
public sealed class AnswerBatch
{
    private readonly List<(int First, int Count)> rows = [];

    /// <summary>Lays answers side by side.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="prompts">How many of them, from the first on, have their prompts' tokens as targets too.</param>
    public AnswerBatch(IReadOnlyList<PromptedAnswer> answers, int prompts = 0)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var tokens = new List<int>();
        var targets = new List<int>();
        var segments = new List<Segment>();
        for (int n = 0; n < answers.Count; n++)
        {
            PromptedAnswer a = answers[n];
            segments.Add(new Segment(tokens.Count, a.Ids.Length));
            rows.Add((tokens.Count + a.Prompt - 1, a.Tokens));
            tokens.AddRange(a.Ids);
            for (int i = 0; i < a.Ids.Length; i++) targets.Add(i + 1 < a.Ids.Length && (n < prompts || i + 1 >= a.Prompt) ? a.Ids[i + 1] : -1);
        }

        Rows = new TrainingBatch(tokens, targets, segments);
    }

    /// <summary>The rows.</summary>
    public TrainingBatch Rows { get; }

    /// <summary>Answers.</summary>
    public int Count => rows.Count;

    /// <summary>Tokens of all answers.</summary>
    public long Tokens => rows.Sum(r => (long)r.Count);

    /// <summary>The rows whose targets are an answer's tokens.</summary>
    public (int First, int Count) Of(int answer) => rows[answer];

    /// <summary>ln p of an answer's tokens, one each.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="logProbabilities">ln p of each row.</param>
    internal double[] Tokenwise(int answer, float[] logProbabilities) => [.. logProbabilities.AsSpan(rows[answer].First, rows[answer].Count).ToArray().Select(x => (double)x)];

    /// <summary>Sums of ln p over each answer's tokens.</summary>
    /// <param name="logProbabilities">ln p of each row.</param>
    public double[] Sums(float[] logProbabilities) => [.. rows.Select(r => logProbabilities.AsSpan(r.First, r.Count).ToArray().Sum(x => (double)x))];
}

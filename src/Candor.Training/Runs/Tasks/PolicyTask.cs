using System.Text.Json;
using Candor.Tokenizers;

namespace Candor.Training;

/// <summary>A prompt that answers are drawn to.</summary>
/// <param name="Ids">Its tokens.</param>
/// <param name="Entry">The entry that it comes from.</param>
internal sealed record PolicyPrompt(int[] Ids, JsonElement Entry);

/// <summary>Learning from rewards: each step draws answers, rewards them, and makes the better ones of each group likelier.</summary>
internal sealed class PolicyTask(TrainingRecipe recipe, TrainingModel model, TrainingModel? reference, DataMixture<PolicyPrompt> prompts, StartText text, Func<DrawnAnswer, double> reward) : TrainingTask
{
    private readonly GrpoOptions options = recipe.Grpo!;
    private readonly ShuffledOrder order = new(prompts.Parts, recipe.Seed);
    private readonly int[] ends = [.. text.Ends];

    public override int Count => prompts.Items.Length;

    public override int Epoch => order.Epoch;

    public override int Position => order.Position;

    public override void Seek(int epoch, int position) => order.Seek(epoch, position);

    public override StepOutcome Step(int step)
    {
        PolicyPrompt[] asked = [.. Enumerable.Range(0, options.Prompts).SelectMany(_ => Enumerable.Repeat(Next(), options.Answers))];
        IReadOnlyList<int[]> drawn;
        using (var sampler = new PolicySampler(model, asked.Length))
            drawn = sampler.Draw([.. asked.Select(p => p.Ids)], ends, options.MostTokens, options.Temperature, recipe.Seed + ((ulong)(step + 1) * 0xD1B54A32D192ED03));
        double[] rewards = [.. asked.Zip(drawn, (p, ids) => reward(Answer(p, ids)))];
        double[] advantages = [.. rewards.Chunk(options.Answers).SelectMany(group => PolicyLoss.Advantages(group, options.Policy.ScaleRewards))];
        long tokens = drawn.Sum(d => (long)d.Length);
        double loss = 0;
        foreach (int[] part in Parts(asked, drawn))
        {
            var batch = new AnswerBatch([.. part.Select(i => new PromptedAnswer([.. asked[i].Ids, .. drawn[i]], asked[i].Ids.Length))]);
            float[]? before = options.Policy.Beta > 0 ? PreferenceTrainer.ReferenceTokens(reference ?? model, batch) : null;
            SampledAnswer[] sampled = [.. part.Select((i, n) => new SampledAnswer([], [], before is null ? null : batch.Tokenwise(n, before), advantages[i]))];
            loss += PreferenceTrainer.Policy(model, batch, sampled, options.Policy with { MostTokens = options.MostTokens }, asked.Length, tokens);
        }

        return new StepOutcome(loss, (int)tokens + asked.Sum(p => p.Ids.Length), Reward: rewards.Average());
    }

    public override void Dispose() => reference?.Dispose();

    private PolicyPrompt Next()
    {
        PolicyPrompt next = prompts.Items[order.Peek()];
        order.Advance();
        return next;
    }

    private DrawnAnswer Answer(PolicyPrompt prompt, int[] ids)
    {
        bool ended = ends.Contains(ids[^1]);
        return new DrawnAnswer(prompt.Entry, text.Tokenizer.Decode(ended ? ids.AsSpan(0, ids.Length - 1) : ids), ended);
    }

    /// <summary>Answers in parts that fit a batch.</summary>
    private IEnumerable<int[]> Parts(PolicyPrompt[] asked, IReadOnlyList<int[]> drawn)
    {
        var part = new List<int>();
        int size = 0;
        for (int i = 0; i < asked.Length; i++)
        {
            int more = asked[i].Ids.Length + drawn[i].Length;
            if (part.Count > 0 && size + more > recipe.BatchTokens)
            {
                yield return [.. part];
                part.Clear();
                size = 0;
            }

            part.Add(i);
            size += more;
        }

        yield return [.. part];
    }
}

using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// Draws texts from a model in training, as its weights and adapters are now: many prompts together, with caches of keys and values. Made
/// anew after each step. Not thread-safe.
/// </summary>
internal sealed class PolicySampler : IDisposable
{
    private readonly Plan plan;
    private readonly float[] logits;

    /// <summary>Prepares to draw.</summary>
    /// <param name="model">The model; its adapted weights are merged into copies.</param>
    /// <param name="together">The most prompts that are drawn from together.</param>
    public unsafe PolicySampler(TrainingModel model, int together)
    {
        var merged = new Dictionary<Parameter, NativeBuffer>();
        if (model.Adapters is { Enabled: true } adapters)
            AdapterMerge.Into(adapters, model.Pass.Pool, weight =>
            {
                if (!merged.TryGetValue(weight, out NativeBuffer? copy))
                {
                    merged[weight] = copy = new NativeBuffer(weight.Count * sizeof(float));
                    if (weight.Stored is { } stored) Dequantizer.ToFloat(stored.Type, stored.Data, (float*)copy.Pointer, weight.Count);
                    else weight.Values.CopyTo(copy.AsSpan<float>());
                }

                return new MatrixView((float*)copy.Pointer, weight.Rows, weight.Columns);
            });
        plan = RoleStore.Compile(model.Spec, model.Parameters, merged, new PlanOptions { Threads = model.Threads, Activations = ActivationMode.F32, KeyValues = KeyValueType.F32 });
        logits = new float[Math.Max(1, together) * model.Spec.VocabularySize];
    }

    /// <summary>Draws an answer to each prompt.</summary>
    /// <param name="prompts">Token ids, one or more each; no more prompts than the sampler was made for.</param>
    /// <param name="ends">Ids that end an answer; they stand in it.</param>
    /// <param name="most">The most tokens of an answer.</param>
    /// <param name="temperature">Logits are divided by it; 0 takes the likeliest token.</param>
    /// <param name="seed">The seed: answer i depends on it, on i and on its prompt alone.</param>
    /// <returns>Tokens of the answers.</returns>
    public IReadOnlyList<int[]> Draw(IReadOnlyList<int[]> prompts, IReadOnlyCollection<int> ends, int most, double temperature, ulong seed)
    {
        var batch = new Batch();
        SequenceState[] states = [.. prompts.Select(_ => plan.CreateState())];
        SeededRandom[] random = [.. prompts.Select((_, i) => new SeededRandom(seed + ((ulong)(i + 1) * 0x9E3779B97F4A7C15)))];
        List<int>[] answers = [.. prompts.Select(_ => new List<int>())];
        int vocabulary = plan.Spec.VocabularySize;
        try
        {
            // Prompts go one by one, so that a piece is never larger than a plan likes.
            for (int i = 0; i < prompts.Count; i++)
            {
                batch.Clear();
                batch.Add(states[i], prompts[i]);
                plan.Run(batch, logits.AsSpan(0, vocabulary));
                answers[i].Add(Choose(logits.AsSpan(0, vocabulary), temperature, random[i]));
            }

            while (true)
            {
                int[] open = [.. Enumerable.Range(0, prompts.Count).Where(i => answers[i].Count < most && !ends.Contains(answers[i][^1]))];
                if (open.Length == 0) return [.. answers.Select(a => a.ToArray())];
                batch.Clear();
                foreach (int i in open) batch.Add(states[i], [answers[i][^1]]);
                plan.Run(batch, logits.AsSpan(0, open.Length * vocabulary));
                for (int n = 0; n < open.Length; n++) answers[open[n]].Add(Choose(logits.AsSpan(n * vocabulary, vocabulary), temperature, random[open[n]]));
            }
        }
        finally
        {
            foreach (SequenceState state in states) state.Dispose();
        }
    }

    public void Dispose() => plan.Dispose();

    private static int Choose(Span<float> row, double temperature, SeededRandom random)
    {
        int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(row);
        if (temperature <= 0) return best;
        double most = row[best], sum = 0;
        foreach (float x in row) sum += Math.Exp((x - most) / temperature);
        double left = random.NextDouble() * sum;
        for (int i = 0; i < row.Length; i++)
            if ((left -= Math.Exp((row[i] - most) / temperature)) < 0) return i;
        return best;
    }
}

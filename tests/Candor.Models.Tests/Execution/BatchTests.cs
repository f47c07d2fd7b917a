using Candor.Kernels;

namespace Candor.Models.Tests.Execution;

/// <summary>In float32 a sequence gets the same numbers, to the last bit, whatever sequences and however many of its own tokens are read beside.</summary>
public class BatchTests
{
    private static readonly PlanOptions Exact = new() { Activations = ActivationMode.F32, KeyValues = KeyValueType.F32, Threads = 2 };

    public static TheoryData<string> Families => Shared.Rows(Shared.Oracle is null ? [] : Directory.GetDirectories(Shared.RequireOracle("arch")).Select(d => Path.GetFileName(d)!)
        .Where(n => n is not ("bert" or "split")));

    [Theory]
    [MemberData(nameof(Families))]
    public void SequencesOfABatchAreWhatTheyAreAlone(string family)
    {
        using Plan plan = ModelSource.Open(Shared.RequireOracle("arch", family)).Compile(Exact);
        Same(plan, [1, 2, 3, 5, 8, 13], Math.Min(60, plan.Spec.ContextLength > 0 ? plan.Spec.ContextLength : 60));
    }

    [Theory]
    [InlineData("SmolLM2-135M-Instruct.Q4_1.gguf")]
    public void TheRealModelToo(string file)
    {
        using Plan plan = ModelSource.Open(Shared.Require("models", file)).Compile(Exact);
        Same(plan, [1, 4, 7, 15], 20);
    }

    private static void Same(Plan plan, int[] sizes, int length)
    {
        int vocabulary = plan.Spec.VocabularySize, most = sizes.Max();
        var random = new Random(1);
        int[][] texts = [.. Enumerable.Range(0, most).Select(i => Enumerable.Range(0, length - (i % 5)).Select(_ => random.Next(vocabulary)).ToArray())];
        float[][] alone = [.. texts.Select(t => Steps(plan, [t]))];
        foreach (int size in sizes)
        {
            float[] together = Steps(plan, texts[..size]);
            int at = 0;
            for (int step = 0; step < length; step++)
            {
                for (int i = 0; i < size; i++)
                {
                    if (step >= texts[i].Length) continue;
                    Assert.True(together.AsSpan(at, vocabulary).SequenceEqual(alone[i].AsSpan(step * vocabulary, vocabulary)), $"{size} together: sequence {i}, token {step}");
                    at += vocabulary;
                }
            }
        }

        using SequenceState state = plan.CreateState();
        if (!state.CanTruncate) return;
        for (int piece = 2; piece < 12; piece += 3)
        {
            state.Truncate(0);
            var logits = new float[texts[0].Length * vocabulary];
            var batch = new Batch();
            for (int begin = 0; begin < texts[0].Length; begin += piece)
            {
                batch.Clear();
                // What frequencies depend on is the whole text's length, as it was when the tokens came one by one.
                batch.Add(state, texts[0].AsSpan(begin, Math.Min(piece, texts[0].Length - begin)), BatchOutput.All, texts[0].Length);
                plan.Run(batch, logits.AsSpan(begin * vocabulary, batch.Count * vocabulary));
            }

            Assert.True(logits.AsSpan().SequenceEqual(alone[0]), $"read by {piece}");
        }
    }

    /// <summary>Logits of each step, of the sequences that are as long.</summary>
    private static float[] Steps(Plan plan, int[][] texts)
    {
        int vocabulary = plan.Spec.VocabularySize;
        var logits = new float[texts.Sum(t => t.Length) * vocabulary];
        SequenceState[] states = [.. texts.Select(_ => plan.CreateState())];
        var batch = new Batch();
        for (int step = 0, at = 0; step < texts.Max(t => t.Length); step++)
        {
            batch.Clear();
            for (int i = 0; i < texts.Length; i++)
                if (step < texts[i].Length) batch.Add(states[i], [texts[i][step]], BatchOutput.Last, texts[i].Length);
            plan.Run(batch, logits.AsSpan(at, batch.Count * vocabulary));
            at += batch.Count * vocabulary;
        }

        foreach (SequenceState state in states) state.Dispose();
        return logits;
    }
}

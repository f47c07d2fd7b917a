using Candor.Inference.Sampling;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Inference.Tests.Sessions;

/// <summary>A generated token allocates nothing, whatever type the weights and the cache have.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Tokens = 40;

    [Theory]
    [InlineData(ActivationMode.Auto, KeyValueType.F16, 1)]
    [InlineData(ActivationMode.Q8, KeyValueType.Q8_0, 1)]
    [InlineData(ActivationMode.F32, KeyValueType.F32, 1)]
    [InlineData(ActivationMode.Auto, KeyValueType.Q4_0, 5)]
    public void ATokenAllocatesNothing(ActivationMode activations, KeyValueType cache, int sessions)
    {
        using LanguageModel model = LanguageModel.Open(
            Path.Combine(Shared.Root, "models", "small", "candor-small.gguf"), new ModelOptions { Plan = new PlanOptions { Activations = activations, KeyValues = cache } });
        SequenceState[] states = [.. Enumerable.Range(0, sessions).Select(_ => model.Plan.CreateState())];
        var batch = new Batch();
        var logits = new float[sessions * model.Spec.VocabularySize];
        var sampler = new Sampler(SamplingOptions.Balanced with { Seed = 1 }, model.Spec.VocabularySize);
        int[] history = new int[1024];
        int length = 0, id = 1;
        void Step()
        {
            batch.Clear();
            foreach (SequenceState state in states) batch.Add(state, [id]);
            model.Plan.Run(batch, logits);
            history[length++] = id;
            id = sampler.Sample(logits.AsSpan(0, model.Spec.VocabularySize), history.AsSpan(0, length), 1);
        }

        // Caches grow by doubling: so many tokens fit after the last growth. The count is the whole process's, in which who runs the tests may allocate
        // meanwhile, so it is taken a few times; what a token allocates would be in each.
        for (int i = 0; i < 130; i++) Step();
        long bytes = long.MaxValue;
        for (int time = 0; time < 3; time++)
        {
            long before = GC.GetTotalAllocatedBytes(true);
            for (int i = 0; i < Tokens; i++) Step();
            bytes = Math.Min(bytes, GC.GetTotalAllocatedBytes(true) - before);
        }

        foreach (SequenceState state in states) state.Dispose();
        Assert.True(bytes < Tokens * 8, $"{(double)bytes / Tokens} bytes a token");
    }
}

using Candor.Kernels;
using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Adapters beside the weights of a plan give what they give merged, each sequence of a batch its own.</summary>
public class RuntimeAdapterTests
{
    private static readonly PlanOptions Exact = new() { Activations = ActivationMode.F32, KeyValues = KeyValueType.F32 };

    public static TheoryData<string> Runs => AdapterTests.Runs;

    [Theory]
    [MemberData(nameof(Runs))]
    public void ItGivesWhatPeftGives(string tag)
    {
        string folder = Shared.RequireOracle("training", "adapters", tag), end = Path.Combine(folder, "end");
        string family = Bases.Json("training.json").GetProperty("runs").GetProperty("adapter/" + tag).GetProperty("base").GetString()!;
        string model = family.EndsWith(".gguf", StringComparison.Ordinal) ? Shared.RequireOracle(["training", .. family.Split('/')]) : Shared.RequireOracle("arch", family);
        using Plan plan = ModelSource.Open(model).Compile(Exact);
        if (!RuntimeAdapter.CanRun(end))
        {
            Assert.Contains("merge", Assert.Throws<TrainingException>(() => RuntimeAdapter.Load(plan, model, [(end, 1)])).Message, StringComparison.Ordinal);
            return;
        }

        using LoraAdapter adapter = RuntimeAdapter.Load(plan, model, [(end, 1)]);
        using var outputs = new GoldenFile(Path.Combine(folder, "outputs.safetensors"));
        using var data = new GoldenFile(Shared.RequireOracle("training", "data.safetensors"));
        TrainingBatch first = Bases.Batch(data, 0);
        float[] expected = outputs.Floats("last.logits");
        int vocabulary = plan.Spec.VocabularySize, count = expected.Length / vocabulary;
        int[] ids = [.. first.Tokens.Take(count)];
        Close.Within(1e-4, expected, Logits(plan, ids, adapter, count), "all at once");
        Close.Within(1e-4, expected, Logits(plan, ids, adapter, 1), "one by one");
        Assert.True(adapter.Bytes > 0);
    }

    [Fact]
    public void EverySequenceHasItsOwn()
    {
        string model = Shared.RequireOracle("arch", "llama-gqa"), lora = Shared.RequireOracle("training", "adapters", "lora", "end"), other = Shared.RequireOracle("training", "adapters", "rslora", "end");
        using Plan plan = ModelSource.Open(model).Compile(Exact);
        using LoraAdapter one = RuntimeAdapter.Load(plan, model, [(lora, 1)]), two = RuntimeAdapter.Load(plan, model, [(other, 0.5f)]), both = RuntimeAdapter.Load(plan, model, [(lora, 1), (other, 0.5f)]);
        LoraAdapter?[] adapters = [one, null, two, both, one];
        int vocabulary = plan.Spec.VocabularySize;
        int[][] prompts = [[1, 2, 3, 4], [9], [5, 6, 7], [1, 2, 3, 4], [8, 8]];
        SequenceState[] states = [.. adapters.Select(_ => plan.CreateState())];
        var batch = new Batch();
        for (int round = 0; round < 3; round++)
        {
            batch.Clear();
            for (int i = 0; i < adapters.Length; i++) batch.Add(states[i], prompts[i], BatchOutput.Last, adapter: adapters[i]);
            float[] together = new float[adapters.Length * vocabulary];
            plan.Run(batch, together);
            for (int i = 0; i < adapters.Length; i++)
            {
                int[] all = [.. Enumerable.Repeat(prompts[i], round + 1).SelectMany(p => p)];
                float[] alone = Logits(plan, all, adapters[i], prompts[i].Length)[^vocabulary..];
                Close.Within(1e-5, alone, together.AsSpan(i * vocabulary, vocabulary), $"sequence {i} in round {round}");
            }
        }

        Assert.NotEqual(Logits(plan, [1, 2, 3], one, 3), Logits(plan, [1, 2, 3], null, 3));
        Assert.NotEqual(Logits(plan, [1, 2, 3], both, 3), Logits(plan, [1, 2, 3], one, 3));
        foreach (SequenceState state in states) state.Dispose();
    }

    [Fact]
    public void AnothersAdapterIsRefused()
    {
        string lora = Shared.RequireOracle("training", "adapters", "lora", "end"), model = Shared.RequireOracle("arch", "qwen2");
        using Plan plan = ModelSource.Open(model).Compile(Exact);
        Assert.ThrowsAny<Exception>(() => RuntimeAdapter.Load(plan, model, [(lora, 1)]));
        using var adapter = new LoraAdapter(plan);
        Assert.Throws<ModelInputException>(() => adapter.Add("query", 99, new float[8], new float[8], 1, 1));
        Assert.Throws<ModelInputException>(() => adapter.Add("query", 0, new float[8], new float[8], 1, 1));
    }

    private static float[] Logits(Plan plan, int[] ids, LoraAdapter? adapter, int piece)
    {
        using SequenceState state = plan.CreateState();
        var batch = new Batch();
        int vocabulary = plan.Spec.VocabularySize;
        var logits = new float[ids.Length * vocabulary];
        for (int begin = 0; begin < ids.Length; begin += piece)
        {
            batch.Clear();
            batch.Add(state, ids.AsSpan(begin, Math.Min(piece, ids.Length - begin)), BatchOutput.All, adapter: adapter);
            plan.Run(batch, logits.AsSpan(begin * vocabulary, batch.Count * vocabulary));
        }

        return logits;
    }
}

using Candor.Models;

namespace Candor.Models.Tests.Golden;

/// <summary>Encoders of the pack: texts of different lengths in one batch, hidden states and pooled vectors.</summary>
public class EncoderGoldenTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Cases() => Shared.Rows(Shared.OracleFolders("arch").Where(IsEncoder).SelectMany(f =>
        File.Exists(Path.Combine(Shared.Oracle!, "arch", f, "model.gguf")) ? (string[])[f + " hf", f + " gguf"] : [f + " hf"]));

    [Theory]
    [MemberData(nameof(Cases))]
    public void MatchesTheReference(string name)
    {
        string[] parts = name.Split(' ');
        string folder = Shared.RequireOracle("arch", parts[0]);
        using var golden = new GoldenFile(Path.Combine(folder, "golden.safetensors"));
        using Plan plan = ArchGoldenTests.OpenCase(folder, parts[1]);
        int rows = (int)golden.Shape("input_ids")[0], length = (int)golden.Shape("input_ids")[1], width = plan.Spec.HiddenSize;
        int[] ids = golden.Ints("input_ids"), mask = golden.Ints("attention_mask"), types = golden.Ints("token_type_ids");
        int[] lengths = [.. Enumerable.Range(0, rows).Select(r => mask[(r * length)..((r + 1) * length)].Sum())];

        var capture = new Capture(TapKind.Embedding, TapKind.Residual);
        float[] together = Run(plan, Enumerable.Range(0, rows), capture);
        for (int layer = 0; golden.Has($"hidden.{layer}"); layer++)
        {
            float[] actual = layer == 0 ? capture.Flat(TapKind.Embedding, -1) : capture.Flat(TapKind.Residual, layer - 1);
            Close.Within(Tolerance, Unpadded(golden.Floats($"hidden.{layer}")), actual, $"hidden.{layer}");
            GoldenTable.Passed("arch", name, "hidden", layer + 1);
        }

        int begin = 0;
        for (int r = 0; r < rows; r++)
        {
            float[] alone = Run(plan, [r]), mine = together[begin..(begin + alone.Length)];
            begin += alone.Length;
            Close.Within(Tolerance, mine, alone, "alone or together");
            float[] mean = [.. Enumerable.Range(0, width).Select(c => (float)Enumerable.Range(0, lengths[r]).Average(t => (double)alone[(t * width) + c]))];
            Close.Within(Tolerance, golden.Floats("mean_pooled").AsSpan(r * width, width), mean, "mean_pooled");
        }

        GoldenTable.Passed("arch", name, "batch", rows);

        float[] Unpadded(float[] padded) => [.. Enumerable.Range(0, rows).SelectMany(r => padded[(r * length * width)..(((r * length) + lengths[r]) * width)])];

        float[] Run(Plan model, IEnumerable<int> texts, PlanHook? hook = null)
        {
            var batch = new Batch();
            SequenceState[] states = [.. texts.Select(r =>
            {
                SequenceState state = model.CreateState();
                batch.Add(state, ids.AsSpan(r * length, lengths[r]), BatchOutput.All, 0, types.AsSpan(r * length, lengths[r]));
                return state;
            })];
            var hidden = new float[batch.Count * width];
            model.Run(batch, default, hidden, hook);
            foreach (SequenceState state in states) state.Dispose();
            return hidden;
        }
    }

    private static bool IsEncoder(string family)
    {
        string path = Path.Combine(Shared.Oracle!, "arch", family, "golden.safetensors");
        if (!File.Exists(path)) return false;
        using var golden = new GoldenFile(path);
        return golden.Has("mean_pooled");
    }
}

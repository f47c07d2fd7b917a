using Candor.Models;

namespace Candor.Models.Tests.Golden;

/// <summary>Every family of the pack against the reference implementation: from its folder (both spellings of the config) and from GGUF.</summary>
public class ArchGoldenTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Cases()
    {
        var cases = new List<string>();
        foreach (string family in Shared.OracleFolders("arch"))
        {
            string folder = Path.Combine(Shared.Oracle!, "arch", family);
            if (!File.Exists(Path.Combine(folder, "golden.safetensors"))) continue;
            cases.Add(family + " hf");
            if (File.Exists(Path.Combine(folder, "config.legacy.json"))) cases.Add(family + " legacy");
            if (File.Exists(Path.Combine(folder, "model.gguf"))) cases.Add(family + " gguf");
        }

        return Shared.Rows(cases);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MatchesTheReference(string name)
    {
        string[] parts = name.Split(' ');
        string folder = Shared.RequireOracle("arch", parts[0]);
        using var golden = new GoldenFile(Path.Combine(folder, "golden.safetensors"));
        if (!golden.Has("logits")) return; // An encoder: EncoderGoldenTests.
        using Plan plan = OpenCase(folder, parts[1]);

        Logits(plan, golden, name);
        Batch(plan, golden, name);
        Hidden(plan, golden, name);
        Attention(plan, golden, name);
        Router(plan, golden, name);
        Cached(plan, golden, name);
        Greedy(plan, golden, name);
    }

    internal static Plan OpenCase(string folder, string kind, PlanOptions? options = null)
    {
        if (kind == "gguf") return ModelSource.Open(Path.Combine(folder, "model.gguf")).Compile(options);
        if (kind == "hf") return ModelSource.Open(folder).Compile(options);
        string copy = Directory.CreateTempSubdirectory("candor-legacy-").FullName;
        try
        {
            File.Copy(Path.Combine(folder, "config.legacy.json"), Path.Combine(copy, "config.json"));
            File.CreateSymbolicLink(Path.Combine(copy, "model.safetensors"), Path.Combine(folder, "model.safetensors"));
            return ModelSource.Open(copy).Compile(options);
        }
        finally
        {
            Directory.Delete(copy, true);
        }
    }

    internal static float[] Forward(Plan plan, SequenceState state, ReadOnlySpan<int> ids, BatchOutput output = BatchOutput.All, PlanHook? hook = null, float[]? hidden = null, int total = 0)
    {
        var batch = new Batch();
        batch.Add(state, ids, output, total);
        var logits = new float[batch.Outputs.Count * plan.Spec.VocabularySize];
        plan.Run(batch, logits, hidden, hook);
        return logits;
    }

    private static void Logits(Plan plan, GoldenFile golden, string name)
    {
        using SequenceState state = plan.CreateState();
        Close.Within(Tolerance, golden.Floats("logits"), Forward(plan, state, golden.Ints("input_ids")), "logits");
        GoldenTable.Passed("arch", name, "logits");
    }

    private static void Batch(Plan plan, GoldenFile golden, string name)
    {
        using SequenceState first = plan.CreateState(), second = plan.CreateState();
        var batch = new Batch();
        batch.Add(first, golden.Ints("input_ids"), BatchOutput.All);
        batch.Add(second, golden.Ints("short_ids"), BatchOutput.All);
        var logits = new float[batch.Outputs.Count * plan.Spec.VocabularySize];
        plan.Run(batch, logits);
        float[] expected = [.. golden.Floats("logits"), .. golden.Floats("short_logits")];
        Close.Within(Tolerance, expected, logits, "batch of two");
        GoldenTable.Passed("arch", name, "batch");
    }

    private static void Hidden(Plan plan, GoldenFile golden, string name)
    {
        int layers = plan.Spec.Layers.Count;
        var capture = new Capture(TapKind.Embedding, TapKind.Residual, TapKind.FinalNorm);
        using SequenceState state = plan.CreateState();
        Forward(plan, state, golden.Ints("input_ids"), hook: capture);
        for (int i = 0; golden.Has($"hidden.{i}"); i++)
        {
            // The reference's Mamba classes keep no embeddings: theirs begin after the first layer, and the final norm is an extra one.
            bool afterFirst = plan.Spec.Layers.All(l => l.Attention is null);
            float[] actual = afterFirst
                ? i < layers ? capture.Flat(TapKind.Residual, i) : capture.Flat(TapKind.FinalNorm, -1)
                : i == 0 ? capture.Flat(TapKind.Embedding, -1) : i < layers ? capture.Flat(TapKind.Residual, i - 1) : capture.Flat(TapKind.FinalNorm, -1);
            float[] expected = golden.Floats($"hidden.{i}");
            // Large streams (Gemma scales its embeddings) carry float32 rounding in proportion.
            double scale = Math.Max(1, expected.Max(Math.Abs) / 16);
            Close.Within(Tolerance * scale, expected, actual, $"hidden.{i}");
            GoldenTable.Passed("arch", name, "hidden", i + 1);
        }
    }

    private static void Attention(Plan plan, GoldenFile golden, string name)
    {
        if (!golden.Keys.Any(k => k.StartsWith("attention.", StringComparison.Ordinal))) return;
        var capture = new Capture(TapKind.Attention);
        using SequenceState state = plan.CreateState();
        int[] ids = golden.Ints("input_ids");
        float[] logits = Forward(plan, state, ids, hook: capture);
        Close.Within(Tolerance, golden.Floats("logits"), logits, "logits by explicit attention");
        foreach (string key in golden.Keys.Where(k => k.StartsWith("attention.", StringComparison.Ordinal)))
        {
            int layer = int.Parse(key["attention.".Length..]), heads = plan.Spec.Layers[layer].Attention!.Heads, n = ids.Length;
            float[][] rows = capture.Seen[new TapPoint(TapKind.Attention, layer)];
            var actual = new float[heads * n * n];
            for (int q = 0; q < n; q++)
                for (int h = 0; h < heads; h++)
                    rows[q].AsSpan(h * n, n).CopyTo(actual.AsSpan((h * n + q) * n));
            Close.Within(Tolerance, golden.Floats(key), actual, key);
            GoldenTable.Passed("arch", name, "attention");
        }
    }

    private static void Router(Plan plan, GoldenFile golden, string name)
    {
        if (!golden.Has("router.0.experts")) return;
        var capture = new Capture(TapKind.Router);
        using SequenceState state = plan.CreateState();
        Forward(plan, state, golden.Ints("input_ids"), hook: capture);
        int[] layers = [.. capture.Seen.Keys.Select(p => p.Layer).Order()];
        for (int k = 0; golden.Has($"router.{k}.experts"); k++)
        {
            int[] experts = golden.Ints($"router.{k}.experts");
            float[] weights = golden.Floats($"router.{k}.weights");
            float[][] rows = capture.Seen[new TapPoint(TapKind.Router, layers[k])];
            int used = experts.Length / rows.Length;
            for (int r = 0; r < rows.Length; r++)
            {
                var expected = new float[rows[r].Length];
                for (int e = 0; e < used; e++) expected[experts[r * used + e]] = weights[r * used + e];
                Close.Within(Tolerance, expected, rows[r], $"router.{k} row {r}");
            }

            GoldenTable.Passed("arch", name, "router");
        }
    }

    private static void Cached(Plan plan, GoldenFile golden, string name)
    {
        // Length-dependent rope gives other numbers token by token, by its definition.
        if (golden.Has("greedy_cached")) return;
        int[] ids = golden.Ints("input_ids");
        using SequenceState state = plan.CreateState();
        var all = new List<float>();
        int begin = 0;
        foreach (int piece in (int[])[5, 1, 1, 9, 3])
        {
            all.AddRange(Forward(plan, state, ids.AsSpan(begin, piece), total: ids.Length));
            begin += piece;
        }

        while (begin < ids.Length) all.AddRange(Forward(plan, state, ids.AsSpan(begin++, 1), total: ids.Length));
        Close.Within(Tolerance, golden.Floats("logits"), [.. all], "logits token by token");
        GoldenTable.Passed("arch", name, "cached");
    }

    private static void Greedy(Plan plan, GoldenFile golden, string name)
    {
        int[] expected = golden.Ints("greedy"), cachedExpected = golden.Has("greedy_cached") ? golden.Ints("greedy_cached") : expected;
        List<int> full = [.. expected[..8]], cached = [.. expected[..8]];
        using SequenceState state = plan.CreateState();
        float[] last = Forward(plan, state, full.ToArray(), BatchOutput.Last);
        while (full.Count < expected.Length)
        {
            using SequenceState fresh = plan.CreateState();
            full.Add(ArgMax(Forward(plan, fresh, full.ToArray(), BatchOutput.Last)));
            cached.Add(ArgMax(last));
            bool restart = plan.MustRestart(state.Length, state.Length + 1);
            if (restart) state.Truncate(0);
            last = Forward(plan, state, restart ? cached.ToArray() : [cached[^1]], BatchOutput.Last);
        }

        Assert.Equal(expected, full);
        Assert.Equal(cachedExpected, cached);
        GoldenTable.Passed("arch", name, "greedy");
    }

    private static int ArgMax(float[] x) => Array.IndexOf(x, x.Max());
}

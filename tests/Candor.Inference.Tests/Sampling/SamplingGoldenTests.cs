using System.Text.Json;

namespace Candor.Inference.Sampling.Tests;

/// <summary>Every golden case, by the steps themselves and by a sampler built from options.</summary>
public class SamplingGoldenTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Cases => Shared.Rows(GoldenSampling.Names());

    [Theory]
    [MemberData(nameof(Cases))]
    public void StepsGiveTheGoldenDistribution(string name)
    {
        GoldenSampling all = GoldenSampling.Instance;
        JsonElement golden = all.Case(name);
        if (!golden.TryGetProperty("steps", out JsonElement steps))
        {
            CheckGuidance(all, name, golden);
            return;
        }

        int compared = 0;
        for (int row = 0; row < all.Rows; row++)
        {
            Candidates candidates = RunSteps(all, steps, row);
            double[] found = Distribution(candidates);
            Assert.Equal(1, found.Sum(), 1e-12);
            if (GoldenSampling.IsAmbiguous(golden, row)) continue;
            compared += Compare(all.Tensors.Doubles($"{name}.probs", row), found, $"{name}, row {row}");
            if (all.Tensors.Has($"{name}.logits")) CompareLogits(all, name, golden, row);
            if (all.Tensors.Has($"{name}.next_mu")) CompareMu(all, name, golden, row, found);
        }

        GoldenTable.Passed("real", "sampling/" + name, "steps", compared);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ASamplerGivesTheGoldenDistribution(string name)
    {
        GoldenSampling all = GoldenSampling.Instance;
        JsonElement golden = all.Case(name);
        SamplingOptions? options = golden.TryGetProperty("steps", out _)
            ? StepRunner.AsOptions(golden)
            : new SamplingOptions { GuidanceScale = golden.GetProperty("scale").GetDouble() };
        if (options is null) Assert.Skip("the case uses steps or histories in a way that one set of options cannot");

        int[][] histories = golden.TryGetProperty("steps", out _) && StepRunner.ReadsDryHistory(golden) ? all.DryHistories : all.Histories;
        int compared = 0;
        for (int row = 0; row < all.Rows; row++)
        {
            if (GoldenSampling.IsAmbiguous(golden, row)) continue;
            ReadOnlySpan<float> logits = all.Tensors.Floats("logits", row);
            var sampler = new Sampler(options with { Seed = (ulong)row }, logits.Length);
            double[] found = new double[logits.Length];
            ReadOnlySpan<float> unconditional = sampler.NeedsUnconditional ? all.Tensors.Floats(name + ".unconditional", row) : default;
            sampler.Probabilities(logits, unconditional, histories[row], histories[row].Length / 2, found);
            double[] expected = all.Tensors.Has($"{name}.probs")
                ? all.Tensors.Doubles($"{name}.probs", row).ToArray()
                : Softmax(all.Tensors.Doubles($"{name}.logits", row));
            compared += Compare(expected, found, $"{name}, row {row}");

            for (int draw = 0; draw < 20; draw++)
                Assert.True(expected[sampler.Sample(logits, unconditional, histories[row], histories[row].Length / 2)] > 0 || options.Mirostat, "a removed token was drawn");
        }

        GoldenTable.Passed("real", "sampling/" + name, "sampler", compared);
    }

    private static void CheckGuidance(GoldenSampling all, string name, JsonElement golden)
    {
        int compared = 0;
        for (int row = 0; row < all.Rows; row++)
        {
            ReadOnlySpan<float> logits = all.Tensors.Floats("logits", row);
            var candidates = new Candidates(logits.Length);
            Guidance.Load(candidates, logits, all.Tensors.Floats($"{name}.unconditional", row), golden.GetProperty("scale").GetDouble());
            compared += Compare(all.Tensors.Doubles($"{name}.logits", row), candidates.Logits, $"{name}, row {row}");
        }

        GoldenTable.Passed("real", "sampling/" + name, "steps", compared);
    }

    private static Candidates RunSteps(GoldenSampling all, JsonElement steps, int row)
    {
        ReadOnlySpan<float> logits = all.Tensors.Floats("logits", row);
        var candidates = new Candidates(logits.Length);
        candidates.Load(logits);
        foreach (JsonElement step in steps.EnumerateArray())
        {
            // What a penalty or a bias has forbidden is gone before the cuts, as in a sampler.
            if (step[0].GetString() is not ("bias" or "repetition" or "freq_presence" or "dry" or "no_repeat_ngram")) candidates.DropForbidden();
            StepRunner.Run(candidates, step, all.Histories[row], all.DryHistories[row]);
        }

        return candidates;
    }

    private static void CompareLogits(GoldenSampling all, string name, JsonElement golden, int row)
    {
        Candidates candidates = RunSteps(all, golden.GetProperty("steps"), row);
        Compare(all.Tensors.Doubles($"{name}.logits", row), candidates.Logits, $"{name}, logits of row {row}");
    }

    private static void CompareMu(GoldenSampling all, string name, JsonElement golden, int row, double[] probabilities)
    {
        ReadOnlySpan<double> expected = all.Tensors.Doubles($"{name}.next_mu", row);
        double mu = golden.GetProperty("steps")[0][1].GetDouble(), tau = golden.GetProperty("tau").GetDouble(), eta = golden.GetProperty("eta").GetDouble();
        for (int id = 0; id < probabilities.Length; id++)
            if (probabilities[id] > 0)
                Assert.Equal(expected[id], Mirostat.Next(mu, tau, eta, probabilities[id]), Tolerance);
    }

    private static double[] Distribution(Candidates candidates)
    {
        var p = new double[candidates.Vocabulary];
        candidates.DropForbidden();
        double[] softmax = Softmax(candidates.Logits);
        for (int i = 0; i < softmax.Length; i++) p[candidates.Id(i)] = softmax[i];
        return p;
    }

    private static double[] Softmax(ReadOnlySpan<double> logits)
    {
        double max = double.NegativeInfinity;
        foreach (double x in logits) max = Math.Max(max, x);
        double[] weights = [.. logits.ToArray().Select(x => Math.Exp(x - max))];
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private static int Compare(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, string where)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int id = 0; id < expected.Length; id++)
        {
            if (double.IsInfinity(expected[id]) || expected[id] == 0) Assert.True(expected[id] == found[id], $"{where}, token {id}: expected {expected[id]}, found {found[id]}");
            else Assert.True(Math.Abs(expected[id] - found[id]) <= Tolerance, $"{where}, token {id}: expected {expected[id]:R}, found {found[id]:R}");
        }

        return expected.Length;
    }
}

using System.Text.Json;
using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Preference methods against TRL: formulas in float64, then twenty steps of each.</summary>
public class PreferenceTests
{
    public static TheoryData<string> Formulas => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("preference-formulas.json").EnumerateObject().Select(f => f.Name).Where(n => !n.StartsWith("reward", StringComparison.Ordinal)));

    public static TheoryData<string> Runs => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("training.json").GetProperty("runs").EnumerateObject().Select(r => r.Name)
        .Where(n => n.StartsWith("pref/", StringComparison.Ordinal) && n is not ("pref/kto" or "pref/reward-model")));

    [Theory]
    [MemberData(nameof(Formulas))]
    public void FormulasMatch(string name)
    {
        JsonElement golden = Bases.Json("preference-formulas.json").GetProperty(name);
        using var data = new GoldenFile(Shared.RequireOracle("training", "preference-formulas.safetensors"));
        if (golden.GetProperty("family").GetString() == "kto")
        {
            Kto(name, golden, data);
            return;
        }

        PreferenceOptions options = Options(golden);
        double[] Sums(string key) => data.Doubles(key);
        double[] chosen = Sums("sum.chosen"), rejected = Sums("sum.rejected"), counts = Sums("count.chosen"), otherCounts = Sums("count.rejected");
        double[] reference = options.NeedsReference ? Sums("ref_sum.chosen") : new double[chosen.Length], otherReference = options.NeedsReference ? Sums("ref_sum.rejected") : new double[chosen.Length];
        double[] better = data.Doubles(name + ".grad.chosen"), worse = data.Doubles(name + ".grad.rejected");
        double loss = 0;
        int n = chosen.Length;
        for (int i = 0; i < n; i++)
        {
            PairResult pair = PairLoss.Of(options, new AnswerScore(chosen[i], reference[i], (int)counts[i]), new AnswerScore(rejected[i], otherReference[i], (int)otherCounts[i]));
            loss += pair.Loss / n;
            Assert.Equal(better[i], pair.Better / n, 1e-9);
            Assert.Equal(worse[i], pair.Worse / n, 1e-9);
        }

        double likelihood = options.Kind == PreferenceKind.Orpo ? golden.GetProperty("nll_full").GetDouble() : options.LikelihoodWeight * golden.GetProperty("nll").GetDouble();
        Assert.Equal(golden.GetProperty("loss").GetDouble(), loss + likelihood, 1e-9);
        GoldenTable.Passed("training", "preference-formulas", name);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void TwentyStepsFollowTheReference(string name)
    {
        JsonElement run = Run(name), hyper = run.GetProperty("hyper");
        PreferenceOptions options = Options(hyper);
        using var data = new GoldenFile(Shared.RequireOracle("training", "preferences.safetensors"));
        using TrainingModel model = name == "pref/dpo-lora" ? Adapted() : Bases.Open("llama-gqa");
        using TrainingModel reference = Bases.Open("llama-gqa");
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.AdamW, model);
        JsonElement losses = run.GetProperty("losses"), norms = run.GetProperty("grad_norms");
        for (int step = 0; step < losses.GetArrayLength(); step++)
        {
            PromptedAnswer[] chosen = Answers(data, "chosen", step), rejected = Answers(data, "rejected", step);
            AnswerBatch batch = PreferenceTrainer.Batch([.. chosen.Zip(rejected)], options);
            double[]? sums = options.NeedsReference ? PreferenceTrainer.Reference(name == "pref/dpo-lora" ? model : reference, batch) : null;
            long tokens = options.Kind == PreferenceKind.Orpo ? chosen.Sum(c => c.Ids.Length - 1) : chosen.Sum(c => c.Tokens);
            model.ClearGradients();
            PreferenceReport report = PreferenceTrainer.Pairs(model, batch, sums, options, chosen.Length, tokens);
            double norm = optimizer.GradientNorm();
            double tolerance = options.Kind == PreferenceKind.Ipo ? 2e-4 : step == 0 ? 1e-5 * Math.Abs(losses[step].GetDouble()) : 5e-5 * Math.Max(1, Math.Abs(losses[step].GetDouble()));
            Assert.True(Math.Abs(report.Loss - losses[step].GetDouble()) <= tolerance, $"step {step}: loss {report.Loss} for {losses[step]}");
            Assert.True(Math.Abs(norm / norms[step].GetDouble() - 1) <= 2e-4, $"step {step}: gradient {norm} for {norms[step]}");
            optimizer.Step(hyper.GetProperty("lr").GetDouble(), Math.Min(1, 1 / (norm + 1e-6)));
        }

        GoldenTable.Passed("training", name, "20 steps");
    }

    [Fact]
    public void KtoFollowsTheReference()
    {
        JsonElement run = Run("pref/kto"), losses = run.GetProperty("losses"), norms = run.GetProperty("grad_norms");
        using var data = new GoldenFile(Shared.RequireOracle("training", "preferences.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa"), reference = Bases.Open("llama-gqa");
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.AdamW, model);
        for (int step = 0; step < losses.GetArrayLength(); step++)
        {
            PromptedAnswer[] answers = Answers(data, "chosen", step);
            int n = answers.Length;
            bool[] good = [.. data.Ints("kto_label").AsSpan(step * n, n).ToArray().Select(l => l != 0)];
            PromptedAnswer[] mismatched = [.. Enumerable.Range(0, n).Select(i => new PromptedAnswer([.. answers[i].Ids[..answers[i].Prompt], .. answers[(i + n - 1) % n].Ids[answers[(i + n - 1) % n].Prompt..]], answers[i].Prompt))];
            AnswerBatch others = new(mismatched), batch = new(answers);
            double[] now = others.Sums(model.LogProbabilities(others.Rows)), before = PreferenceTrainer.Reference(reference, others);
            double divergence = KtoLoss.Divergence([.. now.Zip(before, (a, b) => new AnswerScore(a, b, 1))]);
            Assert.Equal(run.GetProperty("kl")[step].GetDouble(), divergence, 2e-3);
            model.ClearGradients();
            PreferenceReport report = PreferenceTrainer.Answers(model, batch, good, PreferenceTrainer.Reference(reference, batch), divergence, new KtoOptions(), n);
            double norm = optimizer.GradientNorm();
            Assert.True(Math.Abs(report.Loss / losses[step].GetDouble() - 1) <= 5e-5, $"step {step}: loss {report.Loss} for {losses[step]}");
            Assert.True(Math.Abs(norm / norms[step].GetDouble() - 1) <= 2e-4, $"step {step}: gradient {norm} for {norms[step]}");
            optimizer.Step(2e-3, Math.Min(1, 1 / (norm + 1e-6)));
        }

        GoldenTable.Passed("training", "pref/kto", "20 steps");
    }

    [Theory]
    [InlineData("reward")]
    [InlineData("reward-margin")]
    [InlineData("reward-centered")]
    public void RewardFormulasMatch(string name)
    {
        JsonElement golden = Bases.Json("preference-formulas.json").GetProperty(name);
        using var data = new GoldenFile(Shared.RequireOracle("training", "preference-formulas.safetensors"));
        double[] better = data.Doubles("reward.chosen"), worse = data.Doubles("reward.rejected"), margins = name == "reward-margin" ? data.Doubles("reward.margin") : new double[better.Length];
        double centre = golden.GetProperty("center_rewards_coefficient").ValueKind == JsonValueKind.Number ? golden.GetProperty("center_rewards_coefficient").GetDouble() : 0, loss = 0;
        for (int i = 0; i < better.Length; i++)
        {
            RewardResult one = RewardLoss.Of(better[i], worse[i], margins[i], centre);
            loss += one.Loss / better.Length;
            Assert.Equal((RewardLoss.Of(better[i] + 1e-5, worse[i], margins[i], centre).Loss - RewardLoss.Of(better[i] - 1e-5, worse[i], margins[i], centre).Loss) / 2e-5, one.Better, 1e-8);
            Assert.Equal((RewardLoss.Of(better[i], worse[i] + 1e-5, margins[i], centre).Loss - RewardLoss.Of(better[i], worse[i] - 1e-5, margins[i], centre).Loss) / 2e-5, one.Worse, 1e-8);
        }

        Assert.Equal(golden.GetProperty("loss").GetDouble(), loss, 1e-9);
        GoldenTable.Passed("training", "preference-formulas", name);
    }

    [Fact]
    public void ARewardModelFollowsTheReference()
    {
        JsonElement run = Run("pref/reward-model"), losses = run.GetProperty("losses"), norms = run.GetProperty("grad_norms"), margins = run.GetProperty("margin"), first = run.GetProperty("first_grad_norms");
        using var data = new GoldenFile(Shared.RequireOracle("training", "preferences.safetensors"));
        using var outputs = new GoldenFile(Shared.RequireOracle("training", "reward-model.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa");
        using var reward = new RewardModel(model, outputs.Floats("score.weight"));
        using Optimizer optimizer = reward.Optimizer(OptimizerKind.AdamW, new OptimizerOptions());
        for (int step = 0; step < losses.GetArrayLength(); step++)
        {
            PromptedAnswer[] chosen = Answers(data, "chosen", step), rejected = Answers(data, "rejected", step);
            var batch = new AnswerBatch([.. chosen, .. rejected]);
            model.ClearGradients();
            reward.Score.Gradients.Clear();
            if (step == 0) Close.Within(2e-5, [.. outputs.Floats("first.chosen"), .. outputs.Floats("first.rejected")], [.. reward.Scores(batch).Select(s => (float)s)], "first scores");
            (double loss, double margin) = reward.Pairs(batch, chosen.Length);
            double norm = optimizer.GradientNorm();
            Assert.True(Math.Abs(loss - losses[step].GetDouble()) <= 5e-5, $"step {step}: loss {loss} for {losses[step]}");
            Assert.True(Math.Abs(norm - norms[step].GetDouble()) <= 2e-4 * Math.Max(0.1, norms[step].GetDouble()), $"step {step}: gradient {norm} for {norms[step]}");
            Assert.Equal(margins[step].GetDouble(), margin, 2e-3);
            if (step == 0)
                foreach ((string name, float[] gradient) in Bases.Named(model, gradients: true).Append(new KeyValuePair<string, float[]>("score.weight", reward.Score.Gradients.ToArray())))
                    if (first.TryGetProperty(name, out JsonElement length)) Assert.Equal(1, Math.Sqrt(gradient.Sum(g => (double)g * g)) / length.GetDouble(), 1e-4);
            optimizer.Step(2e-3, Math.Min(1, 1 / (norm + 1e-6)));
        }

        Close.Within(2e-4, outputs.Floats("score.weight.end"), reward.Score.Values, "score at the end");
        GoldenTable.Passed("training", "pref/reward-model", "20 steps");
    }

    private static JsonElement Run(string name) => Bases.Json("training.json").GetProperty("runs").GetProperty(name);

    private static TrainingModel Adapted()
    {
        ModelSource source = ModelSource.Open(Shared.RequireOracle("arch", "llama-gqa"));
        return new TrainingModel(source.Spec, new ParameterSet(new ModelWeights(source.Spec, source.Store)), null, PeftFolder.Read(Shared.RequireOracle("training", "adapters", "dpo-lora", "start")));
    }

    private static void Kto(string name, JsonElement golden, GoldenFile data)
    {
        var options = new KtoOptions
        {
            Beta = golden.GetProperty("beta").GetDouble(), DesirableWeight = golden.GetProperty("desirable_weight").GetDouble(), UndesirableWeight = golden.GetProperty("undesirable_weight").GetDouble(),
            Unpaired = name.Contains("unpaired", StringComparison.Ordinal),
        };
        using var preferences = new GoldenFile(Shared.RequireOracle("training", "preferences.safetensors"));
        int[] labels = preferences.Ints("kto_label");
        double[] sums = data.Doubles(name + ".sum"), reference = data.Doubles(name + ".ref_sum"), kl = data.Doubles(name + ".kl_sum"), klReference = data.Doubles(name + ".kl_ref_sum");
        double divergence = KtoLoss.Divergence([.. kl.Zip(klReference, (a, b) => new AnswerScore(a, b, 1))]);
        Assert.Equal(golden.GetProperty("kl").GetDouble(), divergence, 1e-9);
        double loss = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            (double own, double slope) = KtoLoss.Of(options, new AnswerScore(sums[i], reference[i], 1), labels[i] != 0, divergence);
            loss += own / sums.Length;
            double next = KtoLoss.Of(options, new AnswerScore(sums[i] + 1e-5, reference[i], 1), labels[i] != 0, divergence).Loss, before = KtoLoss.Of(options, new AnswerScore(sums[i] - 1e-5, reference[i], 1), labels[i] != 0, divergence).Loss;
            Assert.Equal((next - before) / 2e-5, slope, 1e-8);
        }

        Assert.Equal(golden.GetProperty("loss").GetDouble(), loss, 1e-9);
        GoldenTable.Passed("training", "preference-formulas", name);
    }

    /// <summary>Padding at the end does not count, so it is left out.</summary>
    private static PromptedAnswer[] Answers(GoldenFile data, string key, int step)
    {
        long[] shape = data.Shape(key);
        int rows = (int)shape[1], length = (int)shape[2];
        int[] ids = data.Ints(key), mask = data.Ints(key + "_mask");
        return [.. Enumerable.Range(0, rows).Select(r =>
        {
            int at = ((step * rows) + r) * length;
            int first = Array.IndexOf(mask, 1, at, length) - at, last = Array.LastIndexOf(mask, 1, at + length - 1, length) - at;
            return new PromptedAnswer(ids[at..(at + last + 1)], first);
        })];
    }

    private static PreferenceOptions Options(JsonElement golden)
    {
        string family = golden.GetProperty("family").GetString()!, kind = golden.TryGetProperty("kind", out JsonElement k) ? k.GetString()! : "";
        double Number(string name) => golden.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : 0;
        return new PreferenceOptions
        {
            Kind = (family, kind) switch
            {
                ("orpo", _) => PreferenceKind.Orpo,
                ("cpo", "sigmoid") => PreferenceKind.Cpo,
                ("cpo", _) => PreferenceKind.Simpo,
                (_, "sigmoid") => PreferenceKind.Dpo,
                (_, "ipo") => PreferenceKind.Ipo,
                (_, "hinge") => PreferenceKind.Hinge,
                (_, "exo_pair") => PreferenceKind.Exo,
                (_, "robust") => PreferenceKind.Robust,
                (_, "apo_zero") => PreferenceKind.ApoZero,
                (_, "apo_down") => PreferenceKind.ApoDown,
                (_, "sigmoid_norm") => PreferenceKind.DpoNormalized,
                (_, "nca_pair") => PreferenceKind.Nca,
                (_, "sppo_hard") => PreferenceKind.Sppo,
                _ => throw new InvalidOperationException($"{family} {kind}"),
            },
            Beta = Number("beta"), LabelSmoothing = Number("label_smoothing"), Gamma = Number("simpo_gamma"), LikelihoodWeight = Number("cpo_alpha"),
        };
    }
}

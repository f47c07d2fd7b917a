using System.Text.Json;
using Candor.Tensors;

namespace Candor.Training.Tests.Golden;

/// <summary>Optimizers step by step against the reference's float64, which float32 follows to its own rounding.</summary>
public class OptimizerTests
{
    [Theory]
    [InlineData("adamw", OptimizerKind.AdamW, "adamw", 1e-6)]
    [InlineData("adamw-amsgrad", OptimizerKind.AdamW, "adamw-amsgrad", 1e-6)]
    [InlineData("adam-l2", OptimizerKind.AdamW, "adam-l2", 1e-6)]
    [InlineData("sgd", OptimizerKind.Sgd, "sgd", 1e-6)]
    [InlineData("sgd-momentum", OptimizerKind.Sgd, "sgd-momentum", 1e-6)]
    [InlineData("sgd-nesterov", OptimizerKind.Sgd, "sgd-nesterov", 1e-6)]
    [InlineData("sgd-dampening", OptimizerKind.Sgd, "sgd-dampening", 1e-6)]
    [InlineData("lion", OptimizerKind.Lion, "lion", 1e-6)]
    [InlineData("adamw-schedule-free", OptimizerKind.ScheduleFree, "adamw-schedule-free", 2e-6)]
    [InlineData("adafactor-torch", OptimizerKind.Adafactor, "adafactor-torch", 1e-6)]
    [InlineData("muon", OptimizerKind.Muon, "muon-exact", 2e-5)]
    [InlineData("muon-plain", OptimizerKind.Muon, "muon-plain-exact", 2e-5)]
    [InlineData("muon-match-rms", OptimizerKind.Muon, "muon-match-rms-exact", 2e-5)]
    public void StepsMatch(string name, OptimizerKind kind, string key, double tolerance)
    {
        JsonElement golden = Bases.Json("optimizers.json").GetProperty(name).GetProperty("options");
        double Number(string option) => golden.TryGetProperty(option, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
        bool Is(string option) => golden.TryGetProperty(option, out JsonElement value) && value.ValueKind == JsonValueKind.True;
        bool betas = golden.TryGetProperty("betas", out JsonElement b);
        var options = new OptimizerOptions
        {
            Beta1 = betas ? b[0].GetDouble() : 0.9, Beta2 = betas ? b[1].GetDouble() : 0.999, WeightDecay = Number("weight_decay"), Momentum = Number("momentum"), Dampening = Number("dampening"),
            Nesterov = Is("nesterov"), Amsgrad = Is("amsgrad"), CoupledDecay = golden.TryGetProperty("decoupled_weight_decay", out JsonElement decoupled) && decoupled.ValueKind == JsonValueKind.False, MatchRms = golden.TryGetProperty("adjust_lr_fn", out JsonElement adjust) && adjust.ValueKind == JsonValueKind.String,
        };
        using var data = new GoldenFile(Shared.RequireOracle("training", "optimizers.safetensors"));
        using var pool = new WorkerPool(2);
        using var pass = new Pass(pool);
        string[] tensors = [.. ((string[])["w", "u", "b"]).Where(t => data.Has($"{key}.{t}"))];
        Assert.NotEmpty(tensors);
        Parameter[] parameters = [.. tensors.Select(t => Start(data, t))];
        using Optimizer optimizer = Optimizer.Of(kind, parameters, null, pass, options);
        for (int step = 0; step < 10; step++)
        {
            foreach ((string tensor, Parameter p) in tensors.Zip(parameters)) Row(data, "grads." + tensor, step, p).CopyTo(p.Gradients);
            optimizer.Step(Number("lr") * (Number("warmup_steps") > step ? (step + 1) / Number("warmup_steps") : 1));
            foreach ((string tensor, Parameter p) in tensors.Zip(parameters))
                Close.Within(tolerance, Row(data, $"{key}.{tensor}", step, p), p.Values, $"{tensor} after step {step + 1}");
            if (!data.Has($"{key}.eval.{tensors[0]}") || step < 9) continue;
            float[][] before = [.. parameters.Select(p => p.Values.ToArray())];
            optimizer.Exchange(keep: true);
            foreach ((string tensor, Parameter p) in tensors.Zip(parameters)) Close.Within(tolerance, data.Floats($"{key}.eval.{tensor}").AsSpan()[^(int)p.Count..], p.Values, $"{tensor} to keep");
            optimizer.Exchange(keep: false);
            foreach ((float[] kept, Parameter p) in before.Zip(parameters)) Close.Within(1e-6, kept, p.Values, "weights in training again");
        }

        foreach (Parameter p in parameters) p.Dispose();
        GoldenTable.Passed("training", "optimizers", name);
    }

    [Fact]
    public void MomentsOfEightBitsMatch()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "adamw8bit.safetensors"));
        Close.Within(1e-6, data.Floats("map_signed"), AdamW8Bit.Signed, "codes of means");
        Close.Within(1e-6, data.Floats("map_unsigned"), AdamW8Bit.Unsigned, "codes of squares");
        using var pool = new WorkerPool(2);
        using var pass = new Pass(pool);
        using var p = new Parameter("query", 0, -1, 64, 80, false, true);
        data.Floats("start").CopyTo(p.Values);
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.AdamW8Bit, [p], null, pass, new OptimizerOptions { WeightDecay = 0.1 });
        int[] stored = [1, 2, 5, 10];
        for (int step = 1; step <= 10; step++)
        {
            Row(data, "grads", step - 1, p).CopyTo(p.Gradients);
            optimizer.Step(0.01);
            int at = Array.IndexOf(stored, step);
            if (at < 0) continue;
            float[] expected = Row(data, "params", at, p);
            double rms = 0, most = 0;
            for (int i = 0; i < expected.Length; i++) (rms, most) = (rms + Math.Pow(expected[i] - p.Values[i], 2), Math.Max(most, Math.Abs(expected[i] - p.Values[i])));
            rms = Math.Sqrt(rms / expected.Length);
            Assert.True(step == 1 ? most <= 1e-6 : rms <= 1e-4, $"step {step}: largest difference {most}, rms {rms}");
        }

        GoldenTable.Passed("training", "optimizers", "adamw8bit");
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.AdamW8Bit)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.ScheduleFree)]
    [InlineData(OptimizerKind.Lion)]
    [InlineData(OptimizerKind.Adafactor)]
    [InlineData(OptimizerKind.Sgd)]
    public void WhatWasPutDownIsTakenUpToTheSameBits(OptimizerKind kind)
    {
        using var pool = new WorkerPool(2);
        using var pass = new Pass(pool);
        using Parameter whole = new("query", 0, -1, 70, 90, false, true), parts = new("query", 0, -1, 70, 90, false, true);
        var options = new OptimizerOptions { Momentum = 0.9 };
        using Optimizer first = Optimizer.Of(kind, [whole], null, pass, options);
        Optimizer second = Optimizer.Of(kind, [parts], null, pass, options);
        for (int step = 0; step < 6; step++)
        {
            var random = new SeededRandom((ulong)step + 1);
            for (int i = 0; i < whole.Count; i++) whole.Gradients[i] = parts.Gradients[i] = (float)random.NextNormal();
            first.Step(1e-2);
            second.Step(1e-2);
            if (step != 2) continue;
            Dictionary<string, float[]> kept = second.Save().ToDictionary(s => s.Parameter.Name, s => s.State.ToArray());
            second.Dispose();
            second = Optimizer.Of(kind, [parts], null, pass, options);
            second.Restore(3, name => kept[name]);
        }

        Assert.Equal(whole.Values, parts.Values);
        Assert.Contains(whole.Values.ToArray(), x => x != 0);
        second.Dispose();
    }

    [Fact]
    public void LongGradientsAreShortened()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "clip.safetensors"));
        using var pool = new WorkerPool(1);
        using var pass = new Pass(pool);
        Parameter[] parameters = [.. ((string[])["g0", "g1", "g2"]).Select(k => new Parameter(k, -1, -1, data.Floats(k).Length, 1, true, true))];
        foreach (Parameter p in parameters) data.Floats(p.Role).CopyTo(p.Gradients);
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.Sgd, parameters, null, pass, new OptimizerOptions { WeightDecay = 0 });
        double norm = optimizer.GradientNorm();
        foreach (string most in (string[])["0.5", "1.0", "1000.0"])
        {
            Assert.Equal(data.Doubles("norm." + most)[0], norm, 1e-5);
            double factor = Math.Min(1, double.Parse(most, System.Globalization.CultureInfo.InvariantCulture) / (norm + 1e-6));
            foreach (Parameter p in parameters)
            {
                p.Values.Clear();
                Close.Within(1e-6, data.Floats($"{p.Role}.clipped.{most}"), [.. p.Gradients.ToArray().Select(g => (float)(g * factor))], most);
            }
        }

        foreach (Parameter p in parameters) p.Dispose();
        GoldenTable.Passed("training", "optimizers", "clip");
    }

    private static Parameter Start(GoldenFile data, string tensor)
    {
        long[] shape = data.Shape("start." + tensor);
        var made = new Parameter(tensor, -1, -1, (int)shape[0], shape.Length > 1 ? (int)shape[1] : 1, shape.Length == 1, true);
        data.Floats("start." + tensor).CopyTo(made.Values);
        return made;
    }

    private static float[] Row(GoldenFile data, string key, int row, Parameter p) => data.Floats(key)[(row * (int)p.Count)..((row + 1) * (int)p.Count)];
}

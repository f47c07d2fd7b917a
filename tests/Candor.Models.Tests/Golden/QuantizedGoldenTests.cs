using Candor.Kernels;
using Candor.Models;

namespace Candor.Models.Tests.Golden;

/// <summary>Whole quantized models: exact with float activations; with 8-bit ones no farther from exact than llama.cpp.</summary>
public class QuantizedGoldenTests
{
    public static TheoryData<string> Files() => Shared.Rows(Shared.Oracle is null || !Directory.Exists(Path.Combine(Shared.Oracle, "quantized")) ? [] :
        Directory.GetFiles(Path.Combine(Shared.Oracle, "quantized"), "*.gguf").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryActivationKeepsItsBound(string file)
    {
        string path = Shared.RequireOracle("quantized", file + ".gguf");
        using var golden = new GoldenFile(Shared.RequireOracle("quantized", "golden.safetensors"));
        int dash = file.LastIndexOf('-');
        string model = file[..dash], key = $"{model}.{file[(dash + 1)..].ToLowerInvariant()}";
        int[] ids = golden.Ints(model + ".input_ids");
        float[] exact = golden.Floats(key + ".logits_exact"), theirs = golden.Floats(key + ".logits_llamacpp");
        int vocabulary = exact.Length / ids.Length;

        Close.Within(2e-5, exact, Logits(path, ids, ActivationMode.F32), "float activations");
        GoldenTable.Passed("quantized", file, "float activations");

        float[] words = Logits(path, ids, ActivationMode.Q16), mixed = Logits(path, ids, ActivationMode.Mixed), bytes = Logits(path, ids, ActivationMode.Q8);
        // What is left is the rounding of keys and values to 16 bits.
        Assert.True(Rms(exact, words) <= 2e-3, $"16-bit activations: rms {Rms(exact, words):g3}");
        Assert.True(Rms(exact, mixed) <= Rms(exact, theirs) + 1e-6, $"mixed: rms {Rms(exact, mixed):g3}, llama.cpp {Rms(exact, theirs):g3}");
        Assert.True(Divergence(exact, mixed, vocabulary) <= Divergence(exact, theirs, vocabulary) + 1e-9, $"mixed: KL {Divergence(exact, mixed, vocabulary):g3}, llama.cpp {Divergence(exact, theirs, vocabulary):g3}");
        GoldenTable.Passed("quantized", file, "mixed activations: rms and KL");

        // Both round to 8 bits; llama.cpp's groups are as large, or larger.
        Assert.True(Rms(exact, bytes) <= 1.1 * Rms(exact, theirs) + 1e-6, $"8-bit activations: rms {Rms(exact, bytes):g3}, llama.cpp {Rms(exact, theirs):g3}");
    }

    private static float[] Logits(string path, int[] ids, ActivationMode mode)
    {
        using Plan plan = ModelSource.Open(path).Compile(new PlanOptions { Activations = mode, KeyValues = mode == ActivationMode.F32 ? KeyValueType.F32 : KeyValueType.Auto });
        using SequenceState state = plan.CreateState();
        return ArchGoldenTests.Forward(plan, state, ids);
    }

    private static double Rms(float[] a, float[] b) => Math.Sqrt(a.Zip(b).Average(p => Math.Pow((double)p.First - p.Second, 2)));

    /// <summary>Mean over positions of the divergence of b's distribution from a's.</summary>
    private static double Divergence(float[] a, float[] b, int vocabulary)
    {
        double sum = 0;
        for (int begin = 0; begin < a.Length; begin += vocabulary)
        {
            double[] p = LogSoftmax(a.AsSpan(begin, vocabulary)), q = LogSoftmax(b.AsSpan(begin, vocabulary));
            for (int i = 0; i < vocabulary; i++) sum += Math.Exp(p[i]) * (p[i] - q[i]);
        }

        return sum / (a.Length / vocabulary);
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> x)
    {
        double[] values = [.. x.ToArray().Select(v => (double)v)];
        double most = values.Max(), log = most + Math.Log(values.Sum(v => Math.Exp(v - most)));
        return [.. values.Select(v => v - log)];
    }
}

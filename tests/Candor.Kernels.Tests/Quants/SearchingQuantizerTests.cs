using System.Text.Json;
using Candor.Tensors;
using FsCheck.Xunit;

namespace Candor.Kernels.Tests.Quants;

public unsafe class SearchingQuantizerTests
{
    /// <summary>Types whose plain rows have no natural algorithm.</summary>
    internal static readonly ElementType[] Searched =
    [
        .. Enum.GetValues<ElementType>().Where(t => Quantizer.UsesImportance(t)
            && t is not (ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1)),
    ];

    public static TheoryData<string> GoldenRows => Shared.Rows(
    [
        .. Goldens.Types("quantize.safetensors", ".plain").Where(t => Searched.Contains(Goldens.Type(t))).Select(t => t + ".plain"),
        .. Goldens.Types("quantize.safetensors", ".importance").Where(t => Quantizer.UsesImportance(Goldens.Type(t))).Select(t => t + ".importance"),
    ]);

    public static TheoryData<ElementType> SearchedTypes => [.. Searched];

    [Theory]
    [MemberData(nameof(GoldenRows))]
    public void RowsLoseNoMoreThanTheGoldenOnes(string name)
    {
        SafetensorsFile file = Goldens.Open("quantize.safetensors");
        using JsonDocument facts = JsonDocument.Parse(File.ReadAllText(Shared.RequireOracle("quants", "quantize.json")));
        ElementType type = Goldens.Type(name[..name.IndexOf('.', StringComparison.Ordinal)]);
        bool weighted = name.EndsWith(".importance", StringComparison.Ordinal);
        float[] source = file.Values<float>("source"), importance = file.Values<float>("importance");
        int columns = file.Shape("source")[1], compared = 0, r = -1;
        JsonElement measured = facts.RootElement.GetProperty("types").GetProperty(name).GetProperty("rows");
        var failures = new List<string>();
        foreach (string row in facts.RootElement.GetProperty("rows").EnumerateArray().Select(e => e.GetString()!))
        {
            float[] values = source[(++r * columns)..((r + 1) * columns)];
            JsonElement rmse = measured.GetProperty(row).GetProperty("rmse");
            float[] back;
            try
            {
                back = RoundTrip(type, values, weighted ? importance : null);
            }
            catch (QuantizationException) when (rmse.ValueKind == JsonValueKind.Null || measured.GetProperty(row).GetProperty("relative").GetDouble() >= 1)
            {
                // Where nothing is kept, refusing loses no more.
                continue;
            }

            Assert.All(back, v => Assert.True(float.IsFinite(v)));
            if (rmse.ValueKind == JsonValueKind.Null) continue;
            double bar = measured.GetProperty(row).GetProperty(weighted ? "weighted_rmse" : "rmse").GetDouble();
            double error = Error(values, back, weighted ? importance : null);
            if (error > bar * (1 + 1e-6)) failures.Add($"{row}: {error:R}, llama.cpp's {bar:R} ({error / bar - 1:P3} more)");
            compared++;
        }

        Assert.True(failures.Count == 0, name + "\n" + string.Join("\n", failures));
        Assert.True(compared > 10);
        GoldenTable.Passed("quants", name, "quantize", compared);
    }

    [Property(MaxTest = 100)]
    public void PowersOfTwoChangeNothingButTheScale(int seed, byte typeIndex, sbyte power)
    {
        ElementType type = Searched[typeIndex % Searched.Length];
        float[] values = Normal(seed, 512);
        // NVFP4's scales have five bits; the others' are halves, which keep all bits between 2^-14 and 2^16.
        int exponent = type == ElementType.NVFP4 ? power % 3 : power % 4;
        float[] scaled = [.. values.Select(v => MathF.ScaleB(v, exponent))];
        float[] back = RoundTrip(type, values, null), scaledBack = RoundTrip(type, scaled, null);
        for (int i = 0; i < values.Length; i++) Assert.Equal(MathF.ScaleB(back[i], exponent), scaledBack[i]);
    }

    [Property(MaxTest = 100)]
    public void OnlyTheProportionsOfImportanceMatter(int seed, byte typeIndex, sbyte power)
    {
        ElementType type = Searched[typeIndex % Searched.Length];
        float[] values = Normal(seed, 512), importance = [.. Normal(seed + 1, 512).Select(v => v * v)];
        float[] scaled = [.. importance.Select(v => MathF.ScaleB(v, power % 40))];
        Assert.Equal(RoundTrip(type, values, importance), RoundTrip(type, values, scaled));
    }

    [Property(MaxTest = 100)]
    public void ImportanceLowersTheErrorThatCounts(int seed, byte typeIndex)
    {
        ElementType type = Searched[typeIndex % Searched.Length];
        float[] values = Normal(seed, 2048), importance = [.. Normal(seed + 1, 2048).Select(v => v * v * v * v)];
        double with = Error(values, RoundTrip(type, values, importance), importance), without = Error(values, RoundTrip(type, values, null), importance);
        Assert.True(with <= without, $"{type}: {with:R} with importance, {without:R} without");
    }

    [Property(MaxTest = 100)]
    public void WhatATypeHoldsIsNearlyKept(int seed, byte typeIndex)
    {
        ElementType type = Searched[typeIndex % Searched.Length];
        float[] values = Normal(seed, 2048), once = RoundTrip(type, values, null), twice = RoundTrip(type, once, null);
        Assert.True(Error(once, twice, null) <= 0.5 * Error(values, once, null), $"{type}: {Error(once, twice, null)} after {Error(values, once, null)}");
    }

    [Theory]
    [MemberData(nameof(SearchedTypes))]
    public void ImportanceOfZeroThroughoutIsAsNone(ElementType type)
    {
        float[] values = Normal(3, 512);
        Assert.Equal(RoundTrip(type, values, null), RoundTrip(type, values, new float[512]));
    }

    private static float[] Normal(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle()))];
    }

    private static double Error(float[] values, float[] back, float[]? importance)
    {
        double sum = 0, weight = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double w = importance?[i % importance.Length] ?? 1, miss = (double)values[i] - back[i];
            sum += w * miss * miss;
            weight += w;
        }

        return Math.Sqrt(sum / weight);
    }

    private static float[] RoundTrip(ElementType type, float[] values, float[]? importance)
    {
        float[] back = new float[values.Length];
        fixed (float* result = back)
        fixed (byte* row = Quantize(type, values, importance))
            Dequantizer.ToFloat(type, row, result, values.Length);
        return back;
    }

    internal static byte[] Quantize(ElementType type, float[] values, float[]? importance)
    {
        byte[] bytes = new byte[type.RowBytes(values.Length)];
        fixed (float* source = values, weights = importance)
        fixed (byte* row = bytes)
            Quantizer.FromFloat(type, source, row, values.Length, weights);
        return bytes;
    }
}

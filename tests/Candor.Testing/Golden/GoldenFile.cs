using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;
using Xunit;

namespace Candor.Testing;

/// <summary>A golden safetensors file, read as plain arrays.</summary>
public sealed class GoldenFile(string path) : IDisposable
{
    private readonly SafetensorsFile file = SafetensorsFile.Open(path);

    /// <summary>Names of its tensors.</summary>
    public IEnumerable<string> Keys => file.Tensors.Keys;

    /// <summary>Whether it has a tensor.</summary>
    public bool Has(string key) => file.Tensors.ContainsKey(key);

    public long[] Shape(string key) => [.. file.Tensors[key].Shape];

    public unsafe float[] Floats(string key)
    {
        StoredTensor t = file.Tensors[key];
        var result = new float[t.ElementCount];
        fixed (float* p = result) Dequantizer.ToFloat(t.Type, t.Data, p, t.ElementCount);
        return result;
    }

    public unsafe double[] Doubles(string key)
    {
        StoredTensor t = file.Tensors[key];
        if (t.Type != ElementType.F64) return [.. Floats(key).Select(x => (double)x)];
        return new ReadOnlySpan<double>(t.Data, (int)t.ElementCount).ToArray();
    }

    public unsafe int[] Ints(string key)
    {
        StoredTensor t = file.Tensors[key];
        return t.Type == ElementType.I64
            ? [.. new ReadOnlySpan<long>(t.Data, (int)t.ElementCount).ToArray().Select(x => (int)x)]
            : new ReadOnlySpan<int>(t.Data, (int)t.ElementCount).ToArray();
    }

    public void Dispose() => file.Dispose();
}

/// <summary>Comparisons that say where the worst difference lies.</summary>
public static class Close
{
    public static void Within(double tolerance, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = Math.Abs((double)expected[i] - actual[i]);
            if (double.IsNaN(d)) d = double.PositiveInfinity;
            if (d > worst) (worst, at) = (d, i);
        }

        Assert.True(worst <= tolerance, $"{what}: element {at} differs by {worst:g3}: {actual[at]} for {expected[at]} (tolerance {tolerance:g3})");
    }
}

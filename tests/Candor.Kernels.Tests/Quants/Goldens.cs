using Candor.Tensors;

namespace Candor.Kernels.Tests.Quants;

/// <summary>The golden files of the quantized types, and what their keys name.</summary>
internal static class Goldens
{
    internal static SafetensorsFile Open(string name) => new(Shared.RequireOracle("quants", name));

    /// <summary>The types of keys such as <c>Q4_0.bytes</c>; empty where there is no such file.</summary>
    internal static IEnumerable<string> Types(string file, string ending)
    {
        if (Shared.Oracle is null) return [];
        string path = Path.Combine(Shared.Oracle, "quants", file);
        return File.Exists(path)
            ? [.. new SafetensorsFile(path).Names.Where(n => n.EndsWith(ending, StringComparison.Ordinal)).Select(n => n[..^ending.Length]).Order(StringComparer.Ordinal)]
            : [];
    }

    internal static ElementType Type(string name)
    {
        Assert.True(Enum.TryParse(name, out ElementType type) && Enum.IsDefined(type), $"{name} is no element type");
        return type;
    }
}

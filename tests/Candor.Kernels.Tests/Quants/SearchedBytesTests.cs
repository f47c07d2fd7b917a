using Candor.Tensors;

namespace Candor.Kernels.Tests.Quants;

public class SearchedBytesTests
{
    [Fact]
    public void TheSameValuesGetTheSameBytesOnEveryMachine()
    {
        // Not from a random number generator, whose cosines may differ in the last bit.
        float[] values = [.. Enumerable.Range(0, 512).Select(i => (i * 7919 % 1021 - 510) / 512f * (1 + i % 5))], importance = [.. Enumerable.Range(0, 512).Select(i => 1f + i * 31 % 17)];
        var bytes = new List<byte>();
        foreach (ElementType type in SearchingQuantizerTests.Searched)
            foreach (float[]? weights in (float[]?[])[null, importance])
                bytes.AddRange(SearchingQuantizerTests.Quantize(type, values, weights));
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.ToArray()));
        Assert.True(hash == "ae2059c85531530a561848a4f009bf6e11050cfe1273b9ba7045c72d57486abd", hash);
    }
}

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
        Assert.True(hash == "89dc3e0609de96fe610608354c2eaee00bb3a0ecd10d180c416fdbcce8765ad9", hash);
    }
}

using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Tests.Quants;

public class InstructionSetTests
{
    [Theory]
    [InlineData("EnableAVX2")]
    [InlineData("EnableHWIntrinsic")]
    public void EveryPathPassesTheSameTests(string switchedOff) => InstructionSets.Rerun(
        switchedOff,
        typeof(InstructionSetTests),
        typeof(HalfConversionTests),
        typeof(DequantizerTests),
        typeof(PlainTypeTests),
        typeof(CodeDecoderTests),
        typeof(QuantizerTests),
        typeof(SearchedBytesTests));

    [Fact]
    public void TheSwitchesTakeEffect()
    {
        // In the process that all tests run in, no switch is thrown; the children check the rest.
        Assert.Equal(InstructionSets.IsChild, InstructionSets.Off.Count > 0);
        if (!InstructionSets.IsChild) return;
        Assert.False(Avx2.IsSupported);
        if (InstructionSets.Off.Contains("EnableHWIntrinsic")) Assert.False(Vector128.IsHardwareAccelerated);
    }
}

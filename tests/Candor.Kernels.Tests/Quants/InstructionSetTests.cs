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
        typeof(QuantizerTests));

    [Fact]
    public void TheSwitchesTakeEffect()
    {
        if (!InstructionSets.IsChild) Assert.Skip("runs only with instruction sets off");
        Assert.False(Avx2.IsSupported);
        if (InstructionSets.Off.Contains("EnableHWIntrinsic")) Assert.False(Vector128.IsHardwareAccelerated);
    }
}

using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Integer;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Linears;

/// <summary>The 512-bit panel kernels give what the 256-bit ones give: also on processors without AVX-512, where their steps are done by halves.</summary>
public unsafe class PanelKernelTests
{
    private const int Rows = 16, Columns = 512, Tokens = 7;

    public static TheoryData<ElementType> Types() => [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized() && Quantizer.CanWrite(t))];

    [Theory]
    [MemberData(nameof(Types))]
    public void WideAndNarrowPanelsAgree(ElementType type)
    {
        if (!PanelKernel.IsSupported) return; // The scalar path has no panels.
        using var memory = new NativeBuffer(type.RowBytes(Columns) * Rows);
        using var scratch = new NativeBuffer(PanelBuilder.ScratchBytes(16));
        using var codes = new ActivationCodes(Tokens, Columns);
        using var words = new ActivationWords(Tokens, Columns);
        var random = new Random((int)type);
        var values = new float[Rows * Columns];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() - 0.4);
        fixed (float* p = values)
        {
            Quantizer.FromFloat(type, p, memory.Pointer, values.Length);
            for (int t = 0; t < Tokens; t++)
            {
                codes.Round(p + (t * Columns), Columns, t);
                words.Round(p + (t * Columns), Columns, t);
            }
        }

        var weight = new WeightMatrix(type, Rows, Columns, memory.Pointer);
        float[] expectedCodes = new float[Tokens * Rows], expectedWords = new float[Tokens * Rows], wideCodes = new float[Tokens * Rows], wideWords = new float[Tokens * Rows];
        fixed (float* ec = expectedCodes, ew = expectedWords, wc = wideCodes, ww = wideWords)
        {
            for (int row = 0; row < Rows; row += 8)
            {
                Panel narrow = PanelBuilder.Build(weight, row, 0, Columns, 8, scratch.Pointer);
                CodePanelAvx2.Multiply(narrow, codes, 0, 0, Tokens, Output(ec + row, 8));
                WordPanelAvx2.Multiply(narrow, words, 0, 0, Tokens, Output(ew + row, 8));
            }

            Panel wide = PanelBuilder.Build(weight, 0, 0, Columns, 16, scratch.Pointer);
            CodePanelAvx512.Multiply(wide, codes, 0, 0, Tokens, Output(wc, 16));
            WordPanelAvx512.Multiply(wide, words, 0, 0, Tokens, Output(ww, 16));
        }

        Assert.Contains(expectedCodes, x => x != 0);
        for (int i = 0; i < expectedCodes.Length; i++)
        {
            Assert.Equal(expectedCodes[i], wideCodes[i], 1e-5f * Math.Max(1, Math.Abs(expectedCodes[i])));
            Assert.Equal(expectedWords[i], wideWords[i], 1e-5f * Math.Max(1, Math.Abs(expectedWords[i])));
        }
    }

    [Fact]
    public void TheWideKernelsAreChosenWhereTheProcessorHasThem() => Assert.Equal(Avx512BW.IsSupported ? 16 : 8, PanelKernel.Width);

    private static PanelOutput Output(float* first, int rows) => new() { Output = first, Stride = Rows, Rows = rows, Scale = 1 };
}

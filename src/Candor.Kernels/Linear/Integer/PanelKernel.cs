using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>Chooses the kernel that multiplies a <see cref="Panel"/> with rows of rounded activations.</summary>
internal static class PanelKernel
{
    /// <summary>Whether this processor has a panel kernel.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Rows of a panel.</summary>
    public static int Width => Avx512BW.IsSupported ? CodePanelAvx512.Width : CodePanelAvx2.Width;

    /// <summary>Multiplies consecutive tokens.</summary>
    /// <param name="panel">The weights.</param>
    /// <param name="codes">The activations.</param>
    /// <param name="column">The panel's first column.</param>
    /// <param name="token">First token.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void Multiply(in Panel panel, ActivationCodes codes, int column, int token, int tokens, in PanelOutput output)
    {
        if (Avx512BW.IsSupported) CodePanelAvx512.Multiply(panel, codes, column, token, tokens, output);
        else CodePanelAvx2.Multiply(panel, codes, column, token, tokens, output);
    }

    /// <inheritdoc cref="Multiply(in Panel, ActivationCodes, int, int, int, in PanelOutput)"/>
    public static void Multiply(in Panel panel, ActivationWords words, int column, int token, int tokens, in PanelOutput output)
    {
        if (Avx512BW.IsSupported) WordPanelAvx512.Multiply(panel, words, column, token, tokens, output);
        else WordPanelAvx2.Multiply(panel, words, column, token, tokens, output);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>A <see cref="Panel"/> of eight rows times rows of <see cref="ActivationCodes"/>, with AVX2.</summary>
internal static unsafe class CodePanelAvx2
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 8;

    /// <summary>Multiplies consecutive tokens.</summary>
    /// <param name="panel">The weights.</param>
    /// <param name="codes">The activations.</param>
    /// <param name="column">The panel's first column.</param>
    /// <param name="token">First token.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void Multiply(in Panel panel, ActivationCodes codes, int column, int token, int tokens, in PanelOutput output)
    {
        switch (panel.Range)
        {
            case CodeRange.Unsigned5: Multiply<Range5>(panel, codes, column, token, tokens, output); break;
            case CodeRange.Unsigned6: Multiply<Range6>(panel, codes, column, token, tokens, output); break;
            case CodeRange.Unsigned7: Multiply<Range7>(panel, codes, column, token, tokens, output); break;
            default: Multiply<RangeSigned>(panel, codes, column, token, tokens, output); break;
        }
    }

    private static void Multiply<T>(in Panel panel, ActivationCodes codes, int column, int token, int tokens, in PanelOutput output) where T : struct, ICodeRange
    {
        int t = 0;
        for (; t + 4 <= tokens; t += 4)
            Four<T>(panel, codes.Row(token + t).From(column), codes.Row(token + t + 1).From(column), codes.Row(token + t + 2).From(column), codes.Row(token + t + 3).From(column), output, t);
        for (; t < tokens; t++) One<T>(panel, codes.Row(token + t).From(column), output, t);
    }

    private static void Four<T>(in Panel panel, ActivationCodeRow r0, ActivationCodeRow r1, ActivationCodeRow r2, ActivationCodeRow r3, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group)
        {
            Vector256<int> p0 = default, p1 = default, p2 = default, p3 = default;
            for (int end = c + group, i = c; i < end; i += 8, weights += 2 * 32)
            {
                p0 += Eight<T>(weights, r0.Codes + i);
                p1 += Eight<T>(weights, r1.Codes + i);
                p2 += Eight<T>(weights, r2.Codes + i);
                p3 += Eight<T>(weights, r3.Codes + i);
            }

            Vector256<float> scale = Vector256.Load(scales);
            a0 = Scaled(p0, scale, r0, c, a0);
            a1 = Scaled(p1, scale, r1, c, a1);
            a2 = Scaled(p2, scale, r2, c, a2);
            a3 = Scaled(p3, scale, r3, c, a3);
            scales += Width;
            if (offsets is null) continue;
            Vector256<float> offset = Vector256.Load(offsets);
            a0 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r0, c, group)), a0);
            a1 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r1, c, group)), a1);
            a2 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r2, c, group)), a2);
            a3 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r3, c, group)), a3);
            offsets += Width;
        }

        PanelStore.Store(a0, output, token);
        PanelStore.Store(a1, output, token + 1);
        PanelStore.Store(a2, output, token + 2);
        PanelStore.Store(a3, output, token + 3);
    }

    private static void One<T>(in Panel panel, ActivationCodeRow row, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector256<float> sum = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group, scales += Width)
        {
            Vector256<int> products = default;
            for (int end = c + group, i = c; i < end; i += 8, weights += 2 * 32) products += Eight<T>(weights, row.Codes + i);
            sum = Scaled(products, Vector256.Load(scales), row, c, sum);
            if (offsets is null) continue;
            sum = Fma.MultiplyAdd(Vector256.Load(offsets), Avx.BroadcastScalarToVector256(PanelStore.Sum(row, c, group)), sum);
            offsets += Width;
        }

        PanelStore.Store(sum, output, token);
    }

    /// <summary>The products of 8 columns, a row a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector256<short> ones = Vector256<short>.One, q0 = Products<T>(weights, codes), q1 = Products<T>(weights + 32, codes + 4);
        return T.Steps >= 2 ? Avx2.MultiplyAddAdjacent(q0 + q1, ones) : Avx2.MultiplyAddAdjacent(q0, ones) + Avx2.MultiplyAddAdjacent(q1, ones);
    }

    /// <summary>sum + weight scale · activation scale · the products of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(Vector256<int> products, Vector256<float> scale, ActivationCodeRow row, int column, Vector256<float> sum) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(products), scale * Avx.BroadcastScalarToVector256(row.Scales + (column / ActivationCodes.Group)), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Products<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector256<byte> w = Vector256.Load(weights);
        Vector256<sbyte> x = Avx2.BroadcastScalarToVector256((int*)codes).AsSByte();
        // Products need one side without a sign: the weight's goes over to the activation, which is never -128.
        return T.Signed ? Avx2.MultiplyAddAdjacent(Avx2.Abs(w.AsSByte()), Avx2.Sign(x, w.AsSByte())) : Avx2.MultiplyAddAdjacent(w, x);
    }
}

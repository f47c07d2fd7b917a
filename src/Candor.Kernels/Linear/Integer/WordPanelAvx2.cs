using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>A <see cref="Panel"/> of eight rows times rows of <see cref="ActivationWords"/>, with AVX2.</summary>
internal static unsafe class WordPanelAvx2
{
    /// <inheritdoc cref="PanelKernel.Multiply(in Panel, ActivationWords, int, int, int, in PanelOutput)"/>
    public static void Multiply(in Panel panel, ActivationWords words, int column, int token, int tokens, in PanelOutput output)
    {
        if (panel.Range == CodeRange.Signed8) Multiply<RangeSigned>(panel, words, column, token, tokens, output);
        else Multiply<Range7>(panel, words, column, token, tokens, output);
    }

    private static void Multiply<T>(in Panel panel, ActivationWords words, int column, int token, int tokens, in PanelOutput output) where T : struct, ICodeRange
    {
        int t = 0;
        for (; t + 4 <= tokens; t += 4)
            Four<T>(panel, words.Row(token + t).From(column), words.Row(token + t + 1).From(column), words.Row(token + t + 2).From(column), words.Row(token + t + 3).From(column), output, t);
        for (; t < tokens; t++) One<T>(panel, words.Row(token + t).From(column), output, t);
    }

    private static void Four<T>(in Panel panel, ActivationWordRow r0, ActivationWordRow r1, ActivationWordRow r2, ActivationWordRow r3, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group)
        {
            Vector256<int> l0 = default, l1 = default, l2 = default, l3 = default, h0 = default, h1 = default, h2 = default, h3 = default;
            for (int end = c + group, i = c; i < end; i += 4, weights += 32)
            {
                Vector256<short> low = Widen<T>(weights), high = Widen<T>(weights + 16);
                Vector256<short> x = FourWords(r0.Words + i);
                l0 += Avx2.MultiplyAddAdjacent(low, x);
                h0 += Avx2.MultiplyAddAdjacent(high, x);
                x = FourWords(r1.Words + i);
                l1 += Avx2.MultiplyAddAdjacent(low, x);
                h1 += Avx2.MultiplyAddAdjacent(high, x);
                x = FourWords(r2.Words + i);
                l2 += Avx2.MultiplyAddAdjacent(low, x);
                h2 += Avx2.MultiplyAddAdjacent(high, x);
                x = FourWords(r3.Words + i);
                l3 += Avx2.MultiplyAddAdjacent(low, x);
                h3 += Avx2.MultiplyAddAdjacent(high, x);
            }

            Vector256<float> scale = Vector256.Load(scales);
            a0 = Scaled(l0, h0, scale, r0, c, a0);
            a1 = Scaled(l1, h1, scale, r1, c, a1);
            a2 = Scaled(l2, h2, scale, r2, c, a2);
            a3 = Scaled(l3, h3, scale, r3, c, a3);
            scales += CodePanelAvx2.Width;
            if (offsets is null) continue;
            Vector256<float> offset = Vector256.Load(offsets);
            a0 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r0, c, group)), a0);
            a1 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r1, c, group)), a1);
            a2 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r2, c, group)), a2);
            a3 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(PanelStore.Sum(r3, c, group)), a3);
            offsets += CodePanelAvx2.Width;
        }

        PanelStore.Store(a0, output, token);
        PanelStore.Store(a1, output, token + 1);
        PanelStore.Store(a2, output, token + 2);
        PanelStore.Store(a3, output, token + 3);
    }

    private static void One<T>(in Panel panel, ActivationWordRow row, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector256<float> sum = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group, scales += CodePanelAvx2.Width)
        {
            Vector256<int> low = default, high = default;
            for (int end = c + group, i = c; i < end; i += 4, weights += 32)
            {
                Vector256<short> x = FourWords(row.Words + i);
                low += Avx2.MultiplyAddAdjacent(Widen<T>(weights), x);
                high += Avx2.MultiplyAddAdjacent(Widen<T>(weights + 16), x);
            }

            sum = Scaled(low, high, Vector256.Load(scales), row, c, sum);
            if (offsets is null) continue;
            sum = Fma.MultiplyAdd(Vector256.Load(offsets), Avx.BroadcastScalarToVector256(PanelStore.Sum(row, c, group)), sum);
            offsets += CodePanelAvx2.Width;
        }

        PanelStore.Store(sum, output, token);
    }

    /// <summary>sum + weight scale · activation scale · the products of a group, which stand two to a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(Vector256<int> low, Vector256<int> high, Vector256<float> scale, ActivationWordRow row, int column, Vector256<float> sum)
    {
        Vector256<int> rows = Avx2.Permute4x64(Avx2.HorizontalAdd(low, high).AsInt64(), 0b11_01_10_00).AsInt32();
        return Fma.MultiplyAdd(Avx.ConvertToVector256Single(rows), scale * Avx.BroadcastScalarToVector256(row.Scales + (column / ActivationWords.Group)), sum);
    }

    /// <summary>Four columns of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Widen<T>(byte* codes) where T : struct, ICodeRange =>
        T.Signed ? Avx2.ConvertToVector256Int16((sbyte*)codes) : Avx2.ConvertToVector256Int16(codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> FourWords(short* words) => Avx2.BroadcastScalarToVector256((long*)words).AsInt16();
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Integer;

/// <summary>A <see cref="Panel"/> of sixteen rows times rows of <see cref="ActivationCodes"/>, with AVX-512.</summary>
internal static unsafe class CodePanelAvx512
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 16;

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
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group)
        {
            Vector512<int> p0 = default, p1 = default, p2 = default, p3 = default;
            for (int end = c + group, i = c; i < end; i += 8, weights += 2 * 64)
            {
                p0 += Eight<T>(weights, r0.Codes + i);
                p1 += Eight<T>(weights, r1.Codes + i);
                p2 += Eight<T>(weights, r2.Codes + i);
                p3 += Eight<T>(weights, r3.Codes + i);
            }

            Vector512<float> scale = Vector512.Load(scales);
            a0 = Scaled(p0, scale, r0, c, a0);
            a1 = Scaled(p1, scale, r1, c, a1);
            a2 = Scaled(p2, scale, r2, c, a2);
            a3 = Scaled(p3, scale, r3, c, a3);
            scales += Width;
            if (offsets is null) continue;
            Vector512<float> offset = Vector512.Load(offsets);
            a0 = Vector512.FusedMultiplyAdd(offset, Vector512.Create(*PanelStore.Sum(r0, c, group)), a0);
            a1 = Vector512.FusedMultiplyAdd(offset, Vector512.Create(*PanelStore.Sum(r1, c, group)), a1);
            a2 = Vector512.FusedMultiplyAdd(offset, Vector512.Create(*PanelStore.Sum(r2, c, group)), a2);
            a3 = Vector512.FusedMultiplyAdd(offset, Vector512.Create(*PanelStore.Sum(r3, c, group)), a3);
            offsets += Width;
        }

        PanelStore.Store(a0, output, token);
        PanelStore.Store(a1, output, token + 1);
        PanelStore.Store(a2, output, token + 2);
        PanelStore.Store(a3, output, token + 3);
    }

    private static void One<T>(in Panel panel, ActivationCodeRow row, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector512<float> sum = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        int group = panel.Group;
        for (int c = 0; c < panel.Columns; c += group, scales += Width)
        {
            Vector512<int> products = default;
            for (int end = c + group, i = c; i < end; i += 8, weights += 2 * 64) products += Eight<T>(weights, row.Codes + i);
            sum = Scaled(products, Vector512.Load(scales), row, c, sum);
            if (offsets is null) continue;
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(offsets), Vector512.Create(*PanelStore.Sum(row, c, group)), sum);
            offsets += Width;
        }

        PanelStore.Store(sum, output, token);
    }

    /// <summary>The products of 8 columns, a row a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Eight<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector512<short> ones = Vector512<short>.One, q0 = Products<T>(weights, codes), q1 = Products<T>(weights + 64, codes + 4);
        return T.Steps >= 2 ? Wide.MultiplyAddAdjacent(q0 + q1, ones) : Wide.MultiplyAddAdjacent(q0, ones) + Wide.MultiplyAddAdjacent(q1, ones);
    }

    /// <summary>sum + weight scale · activation scale · the products of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled(Vector512<int> products, Vector512<float> scale, ActivationCodeRow row, int column, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(products), scale * Vector512.Create(row.Scales[column / ActivationCodes.Group]), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Products<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector512<sbyte> x = Vector512.Create(*(int*)codes).AsSByte();
        if (!T.Signed) return Wide.MultiplyAddAdjacent(Vector512.Load(weights), x);
        // Products need one side without a sign: the weight's goes over to the activation, which is never -128.
        Vector512<sbyte> w = Vector512.Load((sbyte*)weights), negative = Vector512.LessThan(w, default);
        return Wide.MultiplyAddAdjacent(((w ^ negative) - negative).AsByte(), (x ^ negative) - negative);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Int8;

/// <summary>A <see cref="Panel"/> of eight rows times rows of <see cref="ActivationCodes"/>, with AVX2.</summary>
internal static unsafe class PanelKernel
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
        bool small = panel.Group == 16;
        for (int c = 0, g = 0; c < panel.Columns; c += 32, g += 2)
        {
            for (int half = 0; half < 2; half++, weights += 4 * 32)
            {
                int at = c + (16 * half);
                Vector256<float> scale = Vector256.Load(scales);
                Vector256<int> p0 = Group<T>(weights, r0.Codes + at), p1 = Group<T>(weights, r1.Codes + at);
                Vector256<int> p2 = Group<T>(weights, r2.Codes + at), p3 = Group<T>(weights, r3.Codes + at);
                a0 = Scaled(p0, scale, r0.Scales + g + half, a0);
                a1 = Scaled(p1, scale, r1.Scales + g + half, a1);
                a2 = Scaled(p2, scale, r2.Scales + g + half, a2);
                a3 = Scaled(p3, scale, r3.Scales + g + half, a3);
                if (!small) continue;
                scales += Width;
                if (offsets is null) continue;
                Vector256<float> offset = Vector256.Load(offsets);
                a0 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(r0.Sums16 + g + half), a0);
                a1 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(r1.Sums16 + g + half), a1);
                a2 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(r2.Sums16 + g + half), a2);
                a3 = Fma.MultiplyAdd(offset, Avx.BroadcastScalarToVector256(r3.Sums16 + g + half), a3);
                offsets += Width;
            }

            if (small) continue;
            scales += Width;
            if (offsets is null) continue;
            Vector256<float> shared = Vector256.Load(offsets);
            a0 = Fma.MultiplyAdd(shared, Avx.BroadcastScalarToVector256(r0.Sums32 + (g / 2)), a0);
            a1 = Fma.MultiplyAdd(shared, Avx.BroadcastScalarToVector256(r1.Sums32 + (g / 2)), a1);
            a2 = Fma.MultiplyAdd(shared, Avx.BroadcastScalarToVector256(r2.Sums32 + (g / 2)), a2);
            a3 = Fma.MultiplyAdd(shared, Avx.BroadcastScalarToVector256(r3.Sums32 + (g / 2)), a3);
            offsets += Width;
        }

        Store(a0, output, token);
        Store(a1, output, token + 1);
        Store(a2, output, token + 2);
        Store(a3, output, token + 3);
    }

    private static void One<T>(in Panel panel, ActivationCodeRow row, in PanelOutput output, int token) where T : struct, ICodeRange
    {
        Vector256<float> sum = default;
        byte* weights = panel.Codes;
        float* scales = panel.Scales, offsets = panel.Offsets;
        bool small = panel.Group == 16;
        for (int c = 0, g = 0; c < panel.Columns; c += 16, g++, weights += 4 * 32)
        {
            sum = Scaled(Group<T>(weights, row.Codes + c), Vector256.Load(scales), row.Scales + g, sum);
            if (!small && (g & 1) == 0) continue;
            scales += Width;
            if (offsets is null) continue;
            sum = Fma.MultiplyAdd(Vector256.Load(offsets), Avx.BroadcastScalarToVector256(small ? row.Sums16 + g : row.Sums32 + (g / 2)), sum);
            offsets += Width;
        }

        Store(sum, output, token);
    }

    /// <summary>Sums of 16 columns, a row a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Group<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector256<short> ones = Vector256<short>.One;
        Vector256<short> q0 = Products<T>(weights, codes), q1 = Products<T>(weights + 32, codes + 4);
        Vector256<short> q2 = Products<T>(weights + 64, codes + 8), q3 = Products<T>(weights + 96, codes + 12);
        if (T.Steps == 4) return Avx2.MultiplyAddAdjacent((q0 + q1) + (q2 + q3), ones);
        if (T.Steps == 2) return Avx2.MultiplyAddAdjacent(q0 + q1, ones) + Avx2.MultiplyAddAdjacent(q2 + q3, ones);
        return (Avx2.MultiplyAddAdjacent(q0, ones) + Avx2.MultiplyAddAdjacent(q1, ones)) + (Avx2.MultiplyAddAdjacent(q2, ones) + Avx2.MultiplyAddAdjacent(q3, ones));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Products<T>(byte* weights, sbyte* codes) where T : struct, ICodeRange
    {
        Vector256<byte> w = Vector256.Load(weights);
        Vector256<sbyte> x = Avx2.BroadcastScalarToVector256((int*)codes).AsSByte();
        // Products need one side without a sign: the weight's goes over to the activation, which is never -128.
        return T.Signed ? Avx2.MultiplyAddAdjacent(Avx2.Abs(w.AsSByte()), Avx2.Sign(x, w.AsSByte())) : Avx2.MultiplyAddAdjacent(w, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(Vector256<int> products, Vector256<float> weightScale, float* activationScale, Vector256<float> sum) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(products), weightScale * Avx.BroadcastScalarToVector256(activationScale), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> sum, in PanelOutput o, int token)
    {
        float* y = o.Output + (token * o.Stride);
        sum *= o.Scale;
        if (o.Rows == Width)
        {
            if (o.Bias is not null) sum += Vector256.Load(o.Bias);
            if (o.Accumulate) sum += Vector256.Load(y);
            sum.Store(y);
            return;
        }

        for (int r = 0; r < o.Rows; r++) y[r] = (o.Accumulate ? y[r] : 0) + sum[r] + (o.Bias is null ? 0 : o.Bias[r]);
    }
}

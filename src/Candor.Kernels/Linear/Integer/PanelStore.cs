using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Integer;

/// <summary>What panel kernels share: the sums that offsets are multiplied by, and where results go.</summary>
internal static unsafe class PanelStore
{
    /// <summary>Where the sum of a group of 16 or 32 activations stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* Sum<TRow>(TRow row, int column, int group) where TRow : struct, IActivationRow =>
        group == 32 ? row.Sums32 + (column / 32) : row.Sums16 + (column / 16);

    /// <summary>Stores the results of one token for eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> sum, in PanelOutput o, int token)
    {
        float* y = o.Output + (token * o.Stride);
        sum *= o.Scale;
        if (o.Rows == Vector256<float>.Count)
        {
            if (o.Bias is not null) sum += Vector256.Load(o.Bias);
            if (o.Accumulate) sum += Vector256.Load(y);
            sum.Store(y);
            return;
        }

        for (int r = 0; r < o.Rows; r++) y[r] = (o.Accumulate ? y[r] : 0) + sum[r] + (o.Bias is null ? 0 : o.Bias[r]);
    }

    /// <summary>Stores the results of one token for sixteen rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> sum, in PanelOutput o, int token)
    {
        float* y = o.Output + (token * o.Stride);
        sum *= o.Scale;
        if (o.Rows == Vector512<float>.Count)
        {
            if (o.Bias is not null) sum += Vector512.Load(o.Bias);
            if (o.Accumulate) sum += Vector512.Load(y);
            sum.Store(y);
            return;
        }

        for (int r = 0; r < o.Rows; r++) y[r] = (o.Accumulate ? y[r] : 0) + sum[r] + (o.Bias is null ? 0 : o.Bias[r]);
    }
}

using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>A depthwise causal convolution over time, with its last inputs kept between calls.</summary>
public static unsafe class CausalConvolution
{
    /// <summary>x ← silu(conv(x) + bias), for a range of channels.</summary>
    /// <param name="x">Rows [rows, ≥ channels] with a stride; changed in place.</param>
    /// <param name="stride">Floats between rows.</param>
    /// <param name="rows">Rows: consecutive times.</param>
    /// <param name="weight">Taps, oldest first, [taps, channels].</param>
    /// <param name="bias">[channels], or null.</param>
    /// <param name="state">The last taps − 1 inputs, oldest first, [taps − 1, channels]; updated.</param>
    /// <param name="taps">Taps.</param>
    /// <param name="channels">Channels of weight, bias and state.</param>
    /// <param name="begin">First channel.</param>
    /// <param name="end">One past the last channel.</param>
    public static void Run(float* x, nint stride, int rows, float* weight, float* bias, float* state, int taps, int channels, int begin, int end)
    {
        for (int t = 0; t < rows; t++, x += stride)
        {
            int c = begin;
            if (Vector256.IsHardwareAccelerated)
            {
                for (; c + 8 <= end; c += 8)
                {
                    Vector256<float> input = Vector256.Load(x + c);
                    Vector256<float> sum = bias is null ? default : Vector256.Load(bias + c);
                    for (int k = 0; k < taps - 1; k++)
                    {
                        Vector256<float> past = Vector256.Load(state + k * channels + c);
                        sum = VectorMath.MultiplyAdd(past, Vector256.Load(weight + k * channels + c), sum);
                        if (k > 0) past.Store(state + (k - 1) * channels + c);
                    }

                    sum = VectorMath.MultiplyAdd(input, Vector256.Load(weight + (taps - 1) * channels + c), sum);
                    if (taps > 1) input.Store(state + (taps - 2) * channels + c);
                    (sum / (Vector256<float>.One + Vector256.Exp(-sum))).Store(x + c);
                }
            }

            for (; c < end; c++)
            {
                float sum = bias is null ? 0 : bias[c];
                for (int k = 0; k < taps - 1; k++)
                {
                    float past = state[k * channels + c];
                    sum += past * weight[k * channels + c];
                    if (k > 0) state[(k - 1) * channels + c] = past;
                }

                sum += x[c] * weight[(taps - 1) * channels + c];
                if (taps > 1) state[(taps - 2) * channels + c] = x[c];
                x[c] = sum / (1 + MathF.Exp(-sum));
            }
        }
    }
}

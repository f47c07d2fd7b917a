using System.Numerics.Tensors;

namespace Candor.Kernels;

/// <summary>The recurrences of Mamba (Gu and Dao, arXiv:2312.00752) and Mamba-2 (Dao and Gu, arXiv:2405.21060), step by step.</summary>
public static unsafe class SelectiveScan
{
    /// <summary>
    /// One channel of Mamba over consecutive times: h ← exp(Δ·A) ⊙ h + Δ·x·B; y = h · C + D·x. The state is [stateSize].
    /// </summary>
    /// <param name="x">Input of the channel at the first time; replaced by the output.</param>
    /// <param name="xStride">Floats to the next time.</param>
    /// <param name="step">Δ of the channel, after softplus.</param>
    /// <param name="stepStride">Floats to the next time.</param>
    /// <param name="b">B at the first time, [stateSize].</param>
    /// <param name="c">C at the first time, [stateSize].</param>
    /// <param name="bcStride">Floats to the next time.</param>
    /// <param name="a">A of the channel, [stateSize].</param>
    /// <param name="d">D of the channel.</param>
    /// <param name="state">State of the channel, [stateSize]; updated.</param>
    /// <param name="stateSize">Elements of a state.</param>
    /// <param name="rows">Times.</param>
    /// <param name="scratch">[stateSize].</param>
    public static void Channel(
        float* x, nint xStride, float* step, nint stepStride, float* b, float* c, nint bcStride,
        float* a, float d, float* state, int stateSize, int rows, float* scratch)
    {
        var decay = new Span<float>(scratch, stateSize);
        for (int t = 0; t < rows; t++)
        {
            float delta = *step, input = *x;
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(a, stateSize), delta, decay);
            TensorPrimitives.Exp<float>(decay, decay);
            float gain = delta * input, sum = 0;
            for (int n = 0; n < stateSize; n++)
            {
                float h = decay[n] * state[n] + gain * b[n];
                state[n] = h;
                sum += h * c[n];
            }

            *x = sum + d * input;
            x += xStride;
            step += stepStride;
            b += bcStride;
            c += bcStride;
        }
    }

    /// <summary>
    /// One head of Mamba-2 over consecutive times, with a scalar decay: h ← exp(Δ·A)·h + Δ·x ⊗ B; y = h·C + D·x.
    /// The state is [headSize, stateSize].
    /// </summary>
    /// <param name="x">Input of the head at the first time, [headSize]; replaced by the output.</param>
    /// <param name="xStride">Floats to the next time.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="step">Δ of the head, after softplus.</param>
    /// <param name="stepStride">Floats to the next time.</param>
    /// <param name="b">B of the head's group at the first time, [stateSize].</param>
    /// <param name="c">C of the head's group at the first time, [stateSize].</param>
    /// <param name="bcStride">Floats to the next time.</param>
    /// <param name="a">A of the head.</param>
    /// <param name="d">D of the head.</param>
    /// <param name="state">State of the head; updated.</param>
    /// <param name="stateSize">Elements of a channel's state.</param>
    /// <param name="rows">Times.</param>
    public static void Head(
        float* x, nint xStride, int headSize, float* step, nint stepStride, float* b, float* c, nint bcStride,
        float a, float d, float* state, int stateSize, int rows)
    {
        for (int t = 0; t < rows; t++)
        {
            float delta = *step, decay = MathF.Exp(delta * a);
            for (int p = 0; p < headSize; p++)
            {
                float* h = state + (nint)p * stateSize;
                VectorMath.Scale(decay, h, stateSize);
                VectorMath.Axpy(delta * x[p], b, h, stateSize);
                x[p] = VectorMath.Dot(h, c, stateSize) + d * x[p];
            }

            x += xStride;
            step += stepStride;
            b += bcStride;
            c += bcStride;
        }
    }
}

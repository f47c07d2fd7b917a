using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>The recurrences of Mamba (Gu and Dao, arXiv:2312.00752) and Mamba-2 (Dao and Gu, arXiv:2405.21060), step by step.</summary>
public static unsafe class SelectiveScan
{
    /// <summary>Channels that <see cref="Channels"/> takes at most.</summary>
    public const int Together = Lanes.Count;

    /// <summary>
    /// Up to sixteen neighbouring channels of Mamba over consecutive times, each: h ← exp(Δ·A) ⊙ h + Δ·x·B; y = h · C + D·x. A channel gets the same
    /// results whatever stands beside it.
    /// </summary>
    /// <param name="channels">How many, 1 to <see cref="Together"/>.</param>
    /// <param name="x">Inputs of the channels at the first time, [channels]; replaced by the outputs.</param>
    /// <param name="xStride">Floats to the next time.</param>
    /// <param name="step">Δ of the channels, after softplus, [channels].</param>
    /// <param name="stepStride">Floats to the next time.</param>
    /// <param name="b">B at the first time, [stateSize].</param>
    /// <param name="c">C at the first time, [stateSize].</param>
    /// <param name="bcStride">Floats to the next time.</param>
    /// <param name="a">A of the channels, [channels, stateSize].</param>
    /// <param name="d">D of the channels, [channels].</param>
    /// <param name="state">States of the channels, [channels, stateSize]; updated.</param>
    /// <param name="stateSize">Elements of a state.</param>
    /// <param name="rows">Times.</param>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/>.</param>
    public static void Channels(
        int channels, float* x, nint xStride, float* step, nint stepStride, float* b, float* c, nint bcStride,
        float* a, float* d, float* state, int stateSize, int rows, float* scratch)
    {
        // A vector holds one element of all channels' states; lanes without a channel compute with zeros.
        float* decays = scratch, states = scratch + ((nint)Together * stateSize), row = states + ((nint)Together * stateSize);
        new Span<float>(scratch, (int)ScratchFloats(stateSize)).Clear();
        for (int i = 0; i < channels; i++)
        {
            for (int n = 0; n < stateSize; n++)
            {
                decays[(n * Together) + i] = a[(i * stateSize) + n];
                states[(n * Together) + i] = state[(i * stateSize) + n];
            }
        }

        bool whole = channels == Together;
        float* direct = whole ? d : row + (2 * Together);
        if (!whole) Copy(d, direct, channels);
        for (int t = 0; t < rows; t++)
        {
            float* input = whole ? x : row, delta = whole ? step : row + Together;
            if (!whole)
            {
                Copy(x, input, channels);
                Copy(step, delta, channels);
            }

            Vector512<float> u = Vector512.Load(input), by = Vector512.Load(delta), gain = by * u, sum = Vector512.Load(direct) * u;
            for (int n = 0; n < stateSize; n++)
            {
                float* element = states + ((nint)n * Together);
                Vector512<float> decay = Exponential.Exp(by * Vector512.Load(decays + ((nint)n * Together)));
                Vector512<float> h = Vector512.MultiplyAddEstimate(decay, Vector512.Load(element), gain * Vector512.Create(b[n]));
                h.Store(element);
                sum = Vector512.MultiplyAddEstimate(h, Vector512.Create(c[n]), sum);
            }

            sum.Store(input);
            if (!whole) Copy(input, x, channels);
            x += xStride;
            step += stepStride;
            b += bcStride;
            c += bcStride;
        }

        for (int i = 0; i < channels; i++)
            for (int n = 0; n < stateSize; n++) state[(i * stateSize) + n] = states[(n * Together) + i];
    }

    /// <summary>Floats of memory that <see cref="Channels"/> needs.</summary>
    public static long ScratchFloats(int stateSize) => Together * ((2L * stateSize) + 3);

    private static void Copy(float* from, float* to, int n) => new ReadOnlySpan<float>(from, n).CopyTo(new Span<float>(to, n));

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
                x[p] = Decayed(state + ((nint)p * stateSize), decay, delta * x[p], b, c, stateSize) + (d * x[p]);
            }

            x += xStride;
            step += stepStride;
            b += bcStride;
            c += bcStride;
        }
    }

    /// <summary>h ← decay · h + gain · b; returns h · c.</summary>
    private static float Decayed(float* h, float decay, float gain, float* b, float* c, int n)
    {
        Vector512<float> by = Vector512.Create(decay), plus = Vector512.Create(gain), sum = default;
        int i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            Vector512<float> next = Vector512.MultiplyAddEstimate(by, Vector512.Load(h + i), plus * Vector512.Load(b + i));
            next.Store(h + i);
            sum = Vector512.MultiplyAddEstimate(next, Vector512.Load(c + i), sum);
        }

        float total = Vector512.Sum(sum);
        for (; i < n; i++)
        {
            h[i] = (decay * h[i]) + (gain * b[i]);
            total += h[i] * c[i];
        }

        return total;
    }
}

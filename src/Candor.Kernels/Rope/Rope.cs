using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>Turns the pairs of a head by the angles of its position (Su et al., arXiv:2104.09864).</summary>
public static unsafe class Rope
{
    /// <summary>Elements i and i + pairs turn together.</summary>
    /// <param name="x">A head's elements, [2 · pairs]; changed in place.</param>
    /// <param name="angles">Cosines [pairs], then sines [pairs].</param>
    /// <param name="pairs">Pairs.</param>
    public static void Halves(float* x, float* angles, int pairs)
    {
        float* second = x + pairs, sines = angles + pairs;
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= pairs; i += 8)
            {
                Vector256<float> a = Vector256.Load(x + i), b = Vector256.Load(second + i);
                Vector256<float> c = Vector256.Load(angles + i), s = Vector256.Load(sines + i);
                (a * c - b * s).Store(x + i);
                (b * c + a * s).Store(second + i);
            }
        }

        for (; i < pairs; i++)
        {
            (float a, float b) = (x[i], second[i]);
            x[i] = a * angles[i] - b * sines[i];
            second[i] = b * angles[i] + a * sines[i];
        }
    }

    /// <summary>Elements 2i and 2i + 1 turn together.</summary>
    /// <inheritdoc cref="Halves"/>
    public static void Neighbours(float* x, float* angles, int pairs)
    {
        float* sines = angles + pairs;
        for (int i = 0; i < pairs; i++)
        {
            (float a, float b) = (x[2 * i], x[2 * i + 1]);
            x[2 * i] = a * angles[i] - b * sines[i];
            x[2 * i + 1] = b * angles[i] + a * sines[i];
        }
    }
}

using System.Numerics;

namespace Candor.Kernels.Quants;

/// <summary>Splits values into magnitudes and, for each run of eight, a mask of the signs.</summary>
internal static unsafe class Magnitudes
{
    /// <summary>Makes 256 values magnitudes.</summary>
    /// <param name="values">The values, changed in place.</param>
    /// <param name="signs">Receives 32 masks: bit i is set where value i of eight is below 0.</param>
    internal static void Split(float* values, Span<byte> signs)
    {
        for (int r = 0; r < 32; r++)
        {
            int mask = 0;
            for (int i = 0; i < 8; i++)
            {
                float* value = values + 8 * r + i;
                if (*value < 0) mask |= 1 << i;
                *value = MathF.Abs(*value);
            }

            signs[r] = (byte)mask;
        }
    }

    /// <summary>Whether a mask has an odd number of signs, which types of seven bits for eight signs cannot hold.</summary>
    internal static bool IsOdd(byte signs) => (BitOperations.PopCount(signs) & 1) != 0;
}

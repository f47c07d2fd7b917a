using System.Numerics;

namespace Candor.Inference.Sampling;

/// <summary>
/// The generator xoshiro256++ of Blackman and Vigna ("Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021),
/// its state filled from a 64-bit seed by SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014), as its authors advise. Integer arithmetic only: a seed yields the same numbers on every machine and in every
/// version. Not for secrets.
/// </summary>
internal struct Xoshiro256(ulong s0, ulong s1, ulong s2, ulong s3)
{
    internal ulong S0 = s0, S1 = s1, S2 = s2, S3 = s3;

    public static Xoshiro256 FromSeed(ulong seed) =>
        new(SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed));

    public static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(S0 + S3, 23) + S0;
        ulong shifted = S1 << 17;
        S2 ^= S0;
        S3 ^= S1;
        S1 ^= S2;
        S0 ^= S3;
        S2 ^= shifted;
        S3 = BitOperations.RotateLeft(S3, 45);
        return result;
    }

    /// <summary>A multiple of 2^-53 in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Limits;

/// <summary>
/// Reads main memory in order, each thread its own stretches of a buffer too large for any cache, as many side by side
/// as decoding reads of the weights. The pages are the ordinary ones, as those of a mapped file are.
/// </summary>
internal static unsafe class ReadLoops
{
    private const double Seconds = 0.3;
    private const long MaximumBytes = 1L << 30;
    private const int Portion = 4 << 20;

    private delegate long Body(byte* from, nint bytes, int streams, nint apart);

    /// <summary>Bytes a second, all threads together.</summary>
    public static double Measure(int threads)
    {
        int streams = MemoryOrder.Streams;
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
        long stretch = Math.Max(Math.Min(MaximumBytes, available) / threads / (Portion * streams), 1) * Portion;
        var buffer = (byte*)NativeMemory.AlignedAlloc(checked((nuint)(stretch * streams * threads)), 4096);
        try
        {
            // An untouched page is one page of zeros shared by all, which stays in the cache: write every page first.
            Parallel.For(0, threads, thread =>
                NativeMemory.Fill(buffer + (thread * streams * stretch), (nuint)(streams * stretch), (byte)(thread + 1)));
            var positions = new long[threads * 8];
            var sinks = new long[threads * 8];
            Body read = Avx512F.IsSupported ? Avx512 : Avx2.IsSupported ? Wide : Portable;
            return RateMeter.Measure(threads, Seconds, thread =>
            {
                ref long position = ref positions[thread * 8];
                sinks[thread * 8] += read(buffer + (thread * streams * stretch) + position, Portion / streams, streams, (nint)stretch);
                position = (position + (Portion / streams)) % stretch;
                return Portion;
            });
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Avx512(byte* begin, nint bytes, int streams, nint apart)
    {
        Vector512<long> s0 = default, s1 = default, s2 = default, s3 = default;
        for (byte* end = begin + bytes; begin < end; begin += 256)
        {
            byte* from = begin;
            for (int stream = 0; stream < streams; stream++, from += apart)
            {
                s0 ^= Vector512.Load((long*)from);
                s1 ^= Vector512.Load((long*)(from + 64));
                s2 ^= Vector512.Load((long*)(from + 128));
                s3 ^= Vector512.Load((long*)(from + 192));
            }
        }

        return (s0 ^ s1 ^ s2 ^ s3)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Wide(byte* begin, nint bytes, int streams, nint apart)
    {
        Vector256<long> s0 = default, s1 = default, s2 = default, s3 = default;
        for (byte* end = begin + bytes; begin < end; begin += 128)
        {
            byte* from = begin;
            for (int stream = 0; stream < streams; stream++, from += apart)
            {
                s0 ^= Vector256.Load((long*)from);
                s1 ^= Vector256.Load((long*)(from + 32));
                s2 ^= Vector256.Load((long*)(from + 64));
                s3 ^= Vector256.Load((long*)(from + 96));
            }
        }

        return (s0 ^ s1 ^ s2 ^ s3)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Portable(byte* begin, nint bytes, int streams, nint apart)
    {
        Vector128<long> s0 = default, s1 = default, s2 = default, s3 = default;
        for (byte* end = begin + bytes; begin < end; begin += 64)
        {
            byte* from = begin;
            for (int stream = 0; stream < streams; stream++, from += apart)
            {
                s0 ^= Vector128.Load((long*)from);
                s1 ^= Vector128.Load((long*)(from + 16));
                s2 ^= Vector128.Load((long*)(from + 32));
                s3 ^= Vector128.Load((long*)(from + 48));
            }
        }

        return (s0 ^ s1 ^ s2 ^ s3)[0];
    }
}

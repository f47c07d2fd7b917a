using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Iq1Scalar"/>, 32 codes at a time.</summary>
internal static unsafe class Iq1Avx2
{
    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq1Grid.Entries;
        for (long b = 0; b < blocks; b++, row += 50, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                byte* low = row + 2 + 4 * g;
                uint high = *(ushort*)(row + 34 + 2 * g);
                scales[2 * g] = scales[2 * g + 1] = d * (int)(2 * (high >> 12 & 7) + 1) * 0.125f;
                Vector256<byte> entries = GridAvx2.Load(
                    grid, low[0] | (high & 7) << 8, low[1] | (high >> 3 & 7) << 8, low[2] | (high >> 6 & 7) << 8, low[3] | (high >> 9 & 7) << 8);
                Avx.Store((byte*)codes, Avx2.Add(entries, Vector256.Create((high & 0x8000) != 0 ? byte.MaxValue : (byte)1)));
            }
        }
    }

    internal static void DecodeM(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq1Grid.Entries;
        for (long b = 0; b < blocks; b++, row += 56, scales += 16)
        {
            ulong words = *(ulong*)(row + 48);
            uint bits = (uint)(words >> 12 & 0xF | words >> 24 & 0xF0 | words >> 36 & 0xF00 | words >> 48 & 0xF000);
            float d = HalfConversion.HalfToSingle((ushort)bits);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                // Two three-bit scales in each twelve bits of a word.
                uint pair = (uint)(words >> (16 * (g >> 1) + 6 * (g & 1)));
                scales[2 * g] = d * (int)(2 * (pair & 7) + 1) * 0.125f;
                scales[2 * g + 1] = d * (int)(2 * (pair >> 3 & 7) + 1) * 0.125f;
                byte* low = row + 4 * g;
                uint high = *(ushort*)(row + 32 + 2 * g);
                Vector256<byte> entries = GridAvx2.Load(
                    grid, low[0] | (high & 7) << 8, low[1] | (high >> 4 & 7) << 8, low[2] | (high >> 8 & 7) << 8, low[3] | (high >> 12 & 7) << 8);
                // The sign bit of each run, spread over its eight bytes, makes 1 into -1.
                Vector256<long> down = Avx2.ShiftLeftLogicalVariable(Vector256.Create((long)high), Vector256.Create(60ul, 56, 52, 48));
                Vector256<long> spread = Avx2.CompareGreaterThan(Vector256<long>.Zero, down);
                Avx.Store((byte*)codes, Avx2.Add(entries, Avx2.Or(spread.AsByte(), Vector256.Create((byte)1))));
            }
        }
    }
}

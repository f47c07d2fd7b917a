using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// Searching quantizers of the types with one half precision scale a block: Q4_0, Q5_0 and IQ4_NL, and the one and two bits
/// of Q1_0 and Q2_0.
/// </summary>
internal static unsafe class OneScaleQuantizer
{
    internal static void ToQ4_0(float* source, float* importance, byte* row, long blocks) =>
        Quantize(ElementType.Q4_0, new WholeLevels(-8, 7), source, importance, row, blocks, &PackNibbles);

    internal static void ToQ5_0(float* source, float* importance, byte* row, long blocks) =>
        Quantize(ElementType.Q5_0, new WholeLevels(-16, 15), source, importance, row, blocks, &PackFives);

    internal static void ToIQ4_NL(float* source, float* importance, byte* row, long blocks) =>
        Quantize(ElementType.IQ4_NL, LevelTables.NonLinear, source, importance, row, blocks, &PackNibbles);

    internal static void ToQ1_0(float* source, float* importance, byte* row, long blocks) =>
        Quantize(ElementType.Q1_0, LevelTables.Sign, source, importance, row, blocks, &PackBits);

    internal static void ToQ2_0(float* source, float* importance, byte* row, long blocks) =>
        Quantize(ElementType.Q2_0, new WholeLevels(-1, 2), source, importance, row, blocks, &PackPairs);

    private static void Quantize<TLevels>(
        ElementType type, TLevels levels, float* source, float* importance, byte* row, long blocks, delegate*<ReadOnlySpan<byte>, byte*, void> pack)
        where TLevels : struct, ILevels
    {
        int size = type.BlockElements();
        float* buffer = stackalloc float[2 * size];
        Span<byte> codes = stackalloc byte[size];
        Span<int> multiple = stackalloc int[1];
        for (long b = 0; b < blocks; b++, source += size, importance = Importance.Next(importance, size), row += type.BlockBytes())
        {
            new Span<byte>(row, type.BlockBytes()).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, size, buffer);
            block.RequireReach(type, levels.Top, b);
            ushort scale = 0;
            var coder = new LevelCoder<TLevels>(block, levels, 1, size);
            var half = new HalfScale(block.Exponent);
            if (!block.IsZero) scale = ScaleSearch.Find(ref coder, Multipliers.One, half, true, multiple);
            *(ushort*)row = scale;
            coder.Codes(0, block.IsZero ? 0 : half.Value(scale), codes);
            pack(codes, row + 2);
        }
    }

    /// <summary>Codes of the first half low, those of the second high.</summary>
    internal static void PackNibbles(ReadOnlySpan<byte> codes, byte* packed)
    {
        int bytes = codes.Length / 2;
        for (int j = 0; j < bytes; j++) packed[j] = (byte)(codes[j] | codes[j + bytes] << 4);
    }

    /// <summary>32 fifth bits, then nibbles.</summary>
    internal static void PackFives(ReadOnlySpan<byte> codes, byte* packed)
    {
        uint high = 0;
        for (int j = 0; j < 32; j++) high |= (uint)(codes[j] >> 4) << j;
        *(uint*)packed = high;
        for (int j = 0; j < 16; j++) packed[4 + j] = (byte)(codes[j] & 15 | (codes[j + 16] & 15) << 4);
    }

    private static void PackBits(ReadOnlySpan<byte> codes, byte* packed)
    {
        for (int i = 0; i < codes.Length; i++) packed[i / 8] |= (byte)(codes[i] << (i & 7));
    }

    private static void PackPairs(ReadOnlySpan<byte> codes, byte* packed)
    {
        for (int i = 0; i < codes.Length; i++) packed[i / 4] |= (byte)(codes[i] << (i & 3) * 2);
    }
}

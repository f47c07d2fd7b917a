using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels.Packing;

/// <summary>Scales and minima of a block as they are stored.</summary>
internal unsafe struct PackedScales
{
    /// <summary>The half of the block, which bytes are multiplied by; or the only scale.</summary>
    public ushort Scale;

    /// <summary>The same of minima.</summary>
    public ushort Min;

    /// <summary>Bytes: scales of 16 or of 8 groups.</summary>
    public fixed byte Scales[16];

    /// <summary>Bytes: minima of 8 groups.</summary>
    public fixed byte Mins[8];

    /// <summary>Reads those of a block.</summary>
    public static PackedScales Read(ElementType type, byte* block)
    {
        PackedScales s = default;
        s.Scale = *(ushort*)block;
        switch (type)
        {
            case ElementType.Q4_1 or ElementType.Q5_1:
                s.Min = *(ushort*)(block + 2);
                break;
            case ElementType.MXFP4:
                (s.Scale, s.Scales[0]) = (0, block[0]);
                break;
            case ElementType.Q4_K or ElementType.Q5_K:
                s.Min = *(ushort*)(block + 2);
                (ulong scales, ulong mins) = Q4KScales.Unpack(block + 4);
                (*(ulong*)s.Scales, *(ulong*)s.Mins) = (scales, mins);
                break;
            case ElementType.Q6_K:
                s.Scale = *(ushort*)(block + 208);
                for (int g = 0; g < 16; g++) s.Scales[g] = block[192 + g];
                break;
            case ElementType.IQ4_XS:
                for (int g = 0; g < 8; g++) s.Scales[g] = (byte)(Iq4Scalar.ScaleOfXS(block, g) - 32);
                break;
        }

        return s;
    }
}

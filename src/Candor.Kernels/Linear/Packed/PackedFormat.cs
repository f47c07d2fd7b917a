using Candor.Kernels.Quants;
using Candor.Tensors;

namespace Candor.Kernels.Packing;

/// <summary>How the scales of a packed weight are stored.</summary>
internal enum PackedScale
{
    /// <summary>A half for each row and 32 columns.</summary>
    Half,
    /// <summary>A power of two, its exponent plus 128 in a byte, for each row and 32 columns.</summary>
    Exponent,
    /// <summary>A byte for each row and group, and a half for each row and 256 columns that they are multiplied by.</summary>
    Byte,
}

/// <summary>
/// How a quantized type is laid out for <see cref="PackedKernel"/>: sixteen rows together, 32 columns after 32 columns a cell, in no
/// more bits than the type itself has, but for scales of six bits, which take eight.
/// </summary>
/// <remarks>
/// A cell: the low four bits of codes, <c>[4, 16, 4]</c> bytes, columns 0 to 15 in low halves and 16 to 31 in high ones (types of 8 bits:
/// <c>[8, 16, 4]</c> codes); the fifth bits, a bit for each byte of those, or the upper two of six, <c>[2, 16, 4]</c> bytes of four columns
/// each; the scales; the minima. Where scales are bytes, eight cells follow the halves of scales and of minima.
/// </remarks>
/// <param name="bits">Bits of a code: 4, 5, 6 or 8.</param>
/// <param name="zero">What codes have too much; where codes stand for levels of a table, 128, which the table's have.</param>
/// <param name="scale">How scales are stored.</param>
internal sealed unsafe class PackedFormat(int bits, int zero, PackedScale scale)
{
    /// <summary>Rows together.</summary>
    public const int Rows = 16;

    /// <summary>Columns of a cell.</summary>
    public const int Columns = 32;

    /// <summary>Bits of a code: 4, 5, 6 or 8.</summary>
    public int Bits => bits;

    /// <summary>What codes have too much; where codes stand for levels of a table, 128, which the table's have.</summary>
    public int Zero => zero;

    /// <summary>How scales are stored.</summary>
    public PackedScale Scale => scale;

    /// <summary>Whether rows have minima: codes have nothing too much then.</summary>
    public bool Offsets { get; init; }

    /// <summary>Whether 16 columns share a scale.</summary>
    public bool Halves { get; init; }

    /// <summary>The levels that codes of four bits stand for, less 128; null where they are numbers.</summary>
    public sbyte[]? Table { get; init; }

    /// <summary>
    /// What assembled code reads besides: masks of the low four bits, of the fifth, and of the upper two of six, and the levels, 16 bytes each;
    /// then the float ½ and the sign of a float. It stays for the life of the process.
    /// </summary>
    public byte* Constants
    {
        get
        {
            if (constants is { } made) return made.Pointer;
            var memory = new NativeBuffer(72);
            for (int i = 0; i < 16; i++)
            {
                (memory.Pointer[i], memory.Pointer[16 + i], memory.Pointer[32 + i]) = (0x0F, 0x10, 0x30);
                if (Table is not null) memory.Pointer[48 + i] = (byte)(Table[i] + 128);
            }

            *(float*)(memory.Pointer + 64) = 0.5f;
            *(uint*)(memory.Pointer + 68) = 0x80000000;
            constants = memory;
            return memory.Pointer;
        }
    }

    /// <summary>Assembled code, for each number of tokens, planes and width of activations, and to unpack; 0 until it is first needed.</summary>
    public nint[] Functions { get; } = new nint[(2 * PackedKernel.Widths * PackedKernel.Together) + 1];

    /// <summary>Assembled code for one token and two or four panels side by side, of each number of planes; 0 until it is first needed.</summary>
    public nint[] SideBySide { get; } = new nint[4];

    /// <summary>Bytes of codes in a cell.</summary>
    public int CodeBytes => Bits switch { 4 => 256, 5 => 256 + 64, 6 => 256 + 128, _ => 512 };

    /// <summary>Bytes of scales in a cell.</summary>
    public int ScaleBytes => Scale == PackedScale.Half ? 2 * Rows : Halves ? 2 * Rows : Rows;

    /// <summary>Bytes of a cell.</summary>
    public int CellBytes => CodeBytes + ScaleBytes + (!Offsets ? 0 : Scale == PackedScale.Half ? 2 * Rows : Rows);

    /// <summary>Bytes before eight cells.</summary>
    public int HeadBytes => Scale != PackedScale.Byte ? 0 : Offsets ? 4 * Rows : 2 * Rows;

    /// <summary>Bytes of sixteen rows, or from their begin to a column.</summary>
    public nint Bytes(int columns) => ((nint)(columns / Columns) * CellBytes) + ((nint)(columns / 256) * HeadBytes);

    /// <summary>The format of a type; null where it has none.</summary>
    public static PackedFormat? Of(ElementType type) => Formats.GetValueOrDefault(type);

    private NativeBuffer? constants;

    private static readonly Dictionary<ElementType, PackedFormat> Formats = new()
    {
        [ElementType.Q4_0] = new(4, 8, PackedScale.Half),
        [ElementType.Q4_1] = new(4, 0, PackedScale.Half) { Offsets = true },
        [ElementType.Q5_0] = new(5, 16, PackedScale.Half),
        [ElementType.Q5_1] = new(5, 0, PackedScale.Half) { Offsets = true },
        [ElementType.Q8_0] = new(8, 128, PackedScale.Half),
        [ElementType.IQ4_NL] = new(4, 128, PackedScale.Half) { Table = [.. Iq4Scalar.NonLinear] },
        [ElementType.MXFP4] = new(4, 128, PackedScale.Exponent) { Table = [.. Iq4Scalar.Fp4] },
        [ElementType.Q4_K] = new(4, 0, PackedScale.Byte) { Offsets = true },
        [ElementType.Q5_K] = new(5, 0, PackedScale.Byte) { Offsets = true },
        [ElementType.Q6_K] = new(6, 32, PackedScale.Byte) { Halves = true },
        [ElementType.IQ4_XS] = new(4, 128, PackedScale.Byte) { Table = [.. Iq4Scalar.NonLinear] },
    };
}

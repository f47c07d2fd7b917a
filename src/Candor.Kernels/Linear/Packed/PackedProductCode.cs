using Candor.Kernels.Integer;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Packing;

/// <summary>
/// Sixteen rows of a packed weight times a few tokens. Up to four have their totals in registers, and sums of both halves of a cell apart, so that
/// there is enough to do at once; more have their totals in memory.
/// </summary>
/// <param name="code">Receives the code.</param>
/// <param name="format">The format.</param>
/// <param name="tokens">Tokens, 1 to 8; to 4 where 16 columns share a scale and there are two planes.</param>
/// <param name="width">Tokens that lie side by side in the activations.</param>
/// <param name="planes">Planes of activations.</param>
/// <param name="panels">Sixteens of rows side by side: 1, and 2 or 4 for one token.</param>
internal sealed class PackedProductCode(Assembler code, PackedFormat format, int tokens, int width, int planes, int panels = 1) : PackedCode(code, format, panels)
{
    private const int Sums = 4, OddSums = 16, Few = 4, SumsAt = 56, ApartAt = 64;

    // Bytes that are asked for before they are needed; of panels side by side fewer of each.
    private readonly int ahead = panels > 1 ? 2048 : 4096;

    private readonly BlockLayout layout = new(width, planes);
    private readonly bool many = tokens > Few;

    /// <summary>Sums of a token and plane.</summary>
    private int Parts => many && !Format.Halves ? 1 : 2;

    protected override void Begin()
    {
        To.mov(r10, __qword_ptr[rcx + 24]);
        if (!many)
        {
            for (int t = 0; t < tokens * Panels; t++) Clear(Zmm(t));
            if (Panels > 1) To.mov(r8, __qword_ptr[rcx + ApartAt]);
            return;
        }

        To.mov(r11, __qword_ptr[rcx + SumsAt]);
        Clear(Zmm(Free));
        for (int t = 0; t < tokens; t++) To.vmovups(__zmmword_ptr[r11 + (64 * t)], Zmm(Free));
    }

    /// <summary>Sums of the first and of the last 16 columns, of each plane.</summary>
    protected override void BeginCell()
    {
        for (int line = 0; line < Format.CellBytes; line += 64) To.prefetcht0(__byte_ptr[Cell(ahead + line)]);
        for (int t = 0; t < tokens; t++)
        {
            for (int plane = 0; plane < planes; plane++)
                for (int half = 0; half < Parts; half++) Clear(Sum(t, plane, half));
            if (Format.Offsets) continue;

            // −128 times the sum of the activations is there; codes have 2ⁿ too much.
            int shift = 7 - int.Log2(Format.Zero);
            for (int half = 0; half < (Format.Halves ? 2 : 1); half++)
            {
                AssemblerRegisterZMM sum = Sum(t, planes - 1, half);
                To.vpbroadcastd(sum, __dword_ptr[r10 + layout.Zeros(Format.Halves ? 1 + half : 0) + (4 * t)]);
                if (shift > 0) To.vpsrad(sum, sum, (byte)shift);
            }
        }
    }

    protected override void Four(int step, AssemblerRegisterZMM register)
    {
        for (int t = 0; t < tokens; t++)
            for (int plane = 0; plane < planes; plane++)
                To.vpdpbusd(Sum(t, plane, Parts == 2 ? step / 4 : 0), register, __dword_bcst[r10 + (plane * layout.PlaneBytes) + (((step * width) + t) * 4)]);
    }

    protected override void EndCell()
    {
        for (int t = 0; t < tokens; t++)
        {
            if (planes == 2)
                for (int half = 0; half < Parts; half++)
                {
                    To.vpslld(Sum(t, 0, half), Sum(t, 0, half), 8);
                    To.vpaddd(Sum(t, 0, half), Sum(t, 0, half), Sum(t, 1, half));
                }

            AssemblerRegisterZMM first = Sum(t, 0, 0), last = Sum(t, 0, 1), both = Zmm(t % 2 == 0 ? Free : Code), total = many ? Zmm(t % 2 == 0 ? Spare : Nibbles) : Zmm(t + Panel);
            if (many) To.vmovups(total, __zmmword_ptr[r11 + (64 * t)]);
            AssemblerMemoryOperand scale = __dword_bcst[r10 + layout.Scales + (4 * t)];
            if (Format.Halves)
            {
                To.vcvtdq2ps(first, first);
                To.vcvtdq2ps(last, last);
                To.vmulps(first, first, Zmm(Scale));
                To.vfmadd231ps(first, last, Zmm(LastScale));
                To.vfmadd231ps(total, first, scale);
            }
            else
            {
                if (Parts == 2) To.vpaddd(first, first, last);
                To.vcvtdq2ps(first, first);
                To.vmulps(both, Zmm(Scale), scale);
                To.vfmadd231ps(total, first, both);
            }

            if (Format.Offsets) To.vfmadd231ps(total, Zmm(Min), __dword_bcst[r10 + layout.Sums(0) + (4 * t)]);
            if (many) To.vmovups(__zmmword_ptr[r11 + (64 * t)], total);
        }
    }

    protected override void EndColumns() => To.add(r10, layout.GroupBytes);

    protected override void End()
    {
        for (int t = 0; t < tokens && many; t++) To.vmovups(Zmm(t), __zmmword_ptr[r11 + (64 * t)]);
        StoreCode.Write(To, tokens * Panels, 32);
    }

    private AssemblerRegisterZMM Sum(int token, int plane, int half) => Zmm(many ? (((token * planes) + plane) * Parts) + half : (Panel % 2 == 0 ? Sums : OddSums) + (token * 4) + (plane * 2) + half);

    private void Clear(AssemblerRegisterZMM register) => To.vpxord(register, register, register);
}

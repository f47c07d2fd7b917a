using Candor.Kernels.Integer;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Packing;

/// <summary>Sixteen rows of a packed weight times a few tokens.</summary>
/// <param name="code">Receives the code.</param>
/// <param name="format">The format.</param>
/// <param name="tokens">Tokens, 1 to 4.</param>
/// <param name="width">Tokens that lie side by side in the activations.</param>
/// <param name="planes">Planes of activations.</param>
internal sealed class PackedProductCode(Assembler code, PackedFormat format, int tokens, int width, int planes) : PackedCode(code, format)
{
    private const int Sums = 4;

    // Bytes that are asked for before they are needed.
    private const int Ahead = 4096;

    private readonly BlockLayout layout = new(width, planes);

    protected override void Begin()
    {
        To.mov(r10, __qword_ptr[rcx + 24]);
        for (int t = 0; t < tokens; t++) Clear(Zmm(t));
    }

    /// <summary>Sums of the first and of the last 16 columns, of each plane.</summary>
    protected override void BeginCell()
    {
        for (int line = 0; line < Format.CellBytes; line += 64) To.prefetcht0(__byte_ptr[rdx + Ahead + line]);
        for (int t = 0; t < tokens; t++)
        {
            for (int plane = 0; plane < planes; plane++)
                for (int half = 0; half < 2; half++) Clear(Sum(t, plane, half));
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
                To.vpdpbusd(Sum(t, plane, step / 4), register, __dword_bcst[r10 + (plane * layout.PlaneBytes) + (((step * width) + t) * 4)]);
    }

    protected override void EndCell()
    {
        for (int t = 0; t < tokens; t++)
        {
            if (planes == 2)
                for (int half = 0; half < 2; half++)
                {
                    To.vpslld(Sum(t, 0, half), Sum(t, 0, half), 8);
                    To.vpaddd(Sum(t, 0, half), Sum(t, 0, half), Sum(t, 1, half));
                }

            AssemblerRegisterZMM first = Sum(t, 0, 0), last = Sum(t, 0, 1), both = Zmm(Free);
            AssemblerMemoryOperand scale = __dword_bcst[r10 + layout.Scales + (4 * t)];
            if (Format.Halves)
            {
                To.vcvtdq2ps(first, first);
                To.vcvtdq2ps(last, last);
                To.vmulps(first, first, Zmm(Scale));
                To.vfmadd231ps(first, last, Zmm(LastScale));
                To.vfmadd231ps(Zmm(t), first, scale);
            }
            else
            {
                To.vpaddd(first, first, last);
                To.vcvtdq2ps(first, first);
                To.vmulps(both, Zmm(Scale), scale);
                To.vfmadd231ps(Zmm(t), first, both);
            }

            if (Format.Offsets) To.vfmadd231ps(Zmm(t), Zmm(Min), __dword_bcst[r10 + layout.Sums(0) + (4 * t)]);
        }

        To.add(r10, layout.GroupBytes);
    }

    protected override void End() => StoreCode.Write(To, tokens, 32);

    private static AssemblerRegisterZMM Sum(int token, int plane, int half) => Zmm(Sums + (token * 4) + (plane * 2) + half);

    private void Clear(AssemblerRegisterZMM register) => To.vpxord(register, register, register);
}

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Packing;

/// <summary>Sixteen rows of a packed weight become a <see cref="Integer.Panel"/> for <see cref="Integer.BlockKernel"/>.</summary>
/// <param name="code">Receives the code.</param>
/// <param name="format">The format.</param>
internal sealed class PackedPanelCode(Assembler code, PackedFormat format) : PackedCode(code, format)
{
    private const int More = 0;

    private bool Adds => !Format.Offsets && Format.Zero != 128;

    protected override void Begin()
    {
        To.mov(r10, __qword_ptr[rcx + 24]);
        To.mov(r11, __qword_ptr[rcx + 32]);
        if (Format.Offsets) To.mov(r8, __qword_ptr[rcx + 40]);
        if (Adds) To.vpbroadcastd(Zmm(More), __dword_ptr[rcx + 48]);
    }

    protected override void BeginCell()
    {
    }

    protected override void Four(int step, AssemblerRegisterZMM register)
    {
        if (Adds) To.vpaddb(register, register, Zmm(More));
        To.vmovdqu32(__zmmword_ptr[r10 + (64 * step)], register);
    }

    protected override void EndCell()
    {
        To.vmovups(__zmmword_ptr[r11], Zmm(Scale));
        if (Format.Halves) To.vmovups(__zmmword_ptr[r11 + 64], Zmm(LastScale));
        if (Format.Offsets) To.vmovups(__zmmword_ptr[r8], Zmm(Min));
    }

    protected override void EndColumns()
    {
        To.add(r10, 8 * 64);
        To.add(r11, Format.Halves ? 128 : 64);
        if (Format.Offsets) To.add(r8, 64);
    }

    protected override void End()
    {
    }
}

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Assembly;

/// <summary>Begin and end of an assembled function of one argument, by the rules of the system that it runs on.</summary>
internal static class FunctionFrame
{
    /// <summary>Puts the argument into <c>rcx</c>; all vector registers, rax, rdx, rsi, rdi and r8 to r11 may be used from then on.</summary>
    public static void Enter(Assembler code)
    {
        if (OperatingSystem.IsWindows()) KeepRegisters(code, save: true);
        else code.mov(rcx, rdi);
    }

    /// <summary>Returns.</summary>
    public static void Leave(Assembler code)
    {
        code.vzeroupper();
        if (OperatingSystem.IsWindows()) KeepRegisters(code, save: false);
        code.ret();
    }

    /// <summary>A 512-bit register by its number.</summary>
    public static AssemblerRegisterZMM Zmm(int index) => new(Register.ZMM0 + index);

    /// <summary>The ten vector registers and two others that a function on Windows must leave as they were.</summary>
    private static void KeepRegisters(Assembler code, bool save)
    {
        if (save) code.sub(rsp, 184);
        for (int i = 0; i < 10; i++)
        {
            var register = new AssemblerRegisterXMM(Register.XMM6 + i);
            if (save) code.vmovups(__xmmword_ptr[rsp + (16 * i)], register);
            else code.vmovups(register, __xmmword_ptr[rsp + (16 * i)]);
        }

        foreach ((AssemblerRegister64 register, int offset) in ((AssemblerRegister64, int)[])[(rsi, 160), (rdi, 168)])
        {
            if (save) code.mov(__qword_ptr[rsp + offset], register);
            else code.mov(register, __qword_ptr[rsp + offset]);
        }

        if (!save) code.add(rsp, 184);
    }
}

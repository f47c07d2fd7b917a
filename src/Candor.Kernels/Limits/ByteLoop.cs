using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Limits;

/// <summary>512-bit <c>vpdpbusd</c>, which .NET has no name for: twelve sums, three for each load.</summary>
internal static unsafe class ByteLoop
{
    private const int Factors = 16, Loaded = 20;

    /// <summary>The function; 0 where the processor cannot run it.</summary>
    public static nint Function { get; } = AssembledCode.HasByteProducts ? AssembledCode.Make(Write) : 0;

    /// <summary>Runs so many passes over a panel.</summary>
    public static float Run(byte* panel, int passes)
    {
        var arguments = new Arguments { Panel = panel, Passes = passes };
        ((delegate* unmanaged<Arguments*, void>)Function)(&arguments);
        float sum = 0;
        for (int i = 0; i < 16; i++) sum += arguments.Sums[i];
        return sum;
    }

    private static void Write(Assembler code)
    {
        Label pass = code.CreateLabel(), part = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        for (int i = 0; i < 12; i++) code.vpxord(FunctionFrame.Zmm(i), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i));
        for (int i = 0; i < 3; i++)
        {
            code.mov(eax, (i + 1) * 0x01010101);
            code.vpbroadcastd(FunctionFrame.Zmm(Factors + i), eax);
        }

        code.Label(ref pass);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(r8d, ArithmeticLoop.PanelBytes / 256);
        code.Label(ref part);
        for (int v = 0; v < 4; v++)
        {
            code.vmovdqu32(FunctionFrame.Zmm(Loaded + v), __zmmword_ptr[rax + (64 * v)]);
            for (int i = 0; i < 3; i++) code.vpdpbusd(FunctionFrame.Zmm((3 * v) + i), FunctionFrame.Zmm(Factors + i), FunctionFrame.Zmm(Loaded + v));
        }

        code.add(rax, 256);
        code.dec(r8);
        code.jnz(part);
        code.dec(rdx);
        code.jnz(pass);
        for (int i = 1; i < 12; i++) code.vpaddd(FunctionFrame.Zmm(0), FunctionFrame.Zmm(0), FunctionFrame.Zmm(i));
        code.vmovdqu32(__zmmword_ptr[rcx + 16], zmm0);
        FunctionFrame.Leave(code);
    }

    private struct Arguments
    {
        public byte* Panel;
        public long Passes;
        public fixed int Sums[16];
    }
}

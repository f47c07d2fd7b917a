using Candor.Tensors;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>How <c>vpermw</c> puts sixteen words and sixteen others, as <c>vcvtne2ps2bf16</c> leaves them, into pairs. It stays for the life of the process.</summary>
internal static unsafe class PairOrder
{
    private const int Pairs = 16;

    private static readonly NativeBuffer Words = Make();

    /// <summary>Loads it into a register, by way of another.</summary>
    public static void Load(Assembler code, AssemblerRegisterZMM to, AssemblerRegister64 by)
    {
        code.mov(by, (ulong)Words.Pointer);
        code.vmovdqu32(to, __zmmword_ptr[by]);
    }

    private static NativeBuffer Make()
    {
        var words = new NativeBuffer(2 * Pairs * sizeof(ushort));
        Span<ushort> order = words.AsSpan<ushort>();
        for (int i = 0; i < Pairs; i++) (order[2 * i], order[(2 * i) + 1]) = ((ushort)i, (ushort)(i + Pairs));
        return words;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Assembly;

/// <summary>
/// Whether 512-bit registers, with byte and word arithmetic, can be used. A program that is compiled as it runs asks .NET, which also knows its own
/// switches; one that was compiled ahead is made for less, so the processor and the system are asked.
/// </summary>
internal static unsafe class WideRegisters
{
    // CPUID leaf 7, EBX: AVX512F, DQ, BW and VL. Leaf 1, ECX: the system keeps extended registers. XCR0: which ones, here those of 128, 256 and 512 bits and masks.
    private const int Features = (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31), SavesRegisters = 1 << 27, Saved = 0xE6;

    /// <summary>Whether they can.</summary>
    public static bool AreUsable { get; } = RuntimeFeature.IsDynamicCodeSupported ? Avx512BW.IsSupported : X86Base.IsSupported && Ask();

    private static bool Ask()
    {
        if (X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(7, 0).Ebx & Features) != Features || (X86Base.CpuId(1, 0).Ecx & SavesRegisters) == 0) return false;
        nint function = AssembledCode.Make(code =>
        {
            code.xor(ecx, ecx);
            code.xgetbv();
            code.ret();
        });
        return function != 0 && (((delegate* unmanaged<int>)function)() & Saved) == Saved;
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;

namespace Candor.Kernels.Assembly;

/// <summary>
/// Instructions that .NET has no name for, assembled at run time. Whether a processor has them is asked of the processor; the
/// environment variable <c>CANDOR_ASSEMBLED_CODE=0</c> switches all of them off, and plain code does the same work then.
/// </summary>
internal static class AssembledCode
{
    private const string Switch = "CANDOR_ASSEMBLED_CODE";

    /// <summary>Whether 512-bit registers can be used at all. Those below ask it, so it comes first.</summary>
    public static bool HasWideFloats { get; } = IsOn && WideRegisters.AreUsable;

    /// <summary>Whether <c>vdpbf16ps</c> can be used on 512-bit registers: Intel's manual, CPUID leaf 7, subleaf 1, bit 5 of EAX.</summary>
    public static bool HasBFloat16Products { get; } = HasWideFloats && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>Whether <c>tdpbf16ps</c> can be used on tile registers; those before it can too then.</summary>
    public static bool HasTileProducts { get; } = HasBFloat16Products && TileRegisters.AreUsable;

    /// <summary>Whether <c>vpdpbusd</c> can be used on 512-bit registers: CPUID leaf 7, bit 11 of ECX.</summary>
    public static bool HasByteProducts { get; } = HasWideFloats && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    private static bool IsOn => RuntimeInformation.ProcessArchitecture == Architecture.X64 && Environment.GetEnvironmentVariable(Switch) != "0";

    /// <summary>Assembles a function; 0 where its code cannot be placed.</summary>
    public static nint Make(Action<Assembler> write)
    {
        var assembler = new Assembler(64);
        write(assembler);
        using var bytes = new MemoryStream();

        // All its jumps are relative, so the code may lie anywhere.
        assembler.Assemble(new StreamCodeWriter(bytes), 0);
        return CodePages.Place(bytes.ToArray());
    }
}

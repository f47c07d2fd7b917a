using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Assembly;

/// <summary>
/// Whether the tile registers of Intel's Advanced Matrix Extensions can be used: eight of 1 KiB each. The processor must have them, and Linux gives
/// them to a process that asks, since they make what it saves of a thread 8 KiB larger.
/// </summary>
internal static partial class TileRegisters
{
    // CPUID leaf 7, EDX.
    private const int BFloat16 = 1 << 22, Tiles = 1 << 24;

    // Linux, asm/prctl.h and asm/fpu/types.h: ask for the data of tiles.
    private const long ArchitectureControl = 158, AskForState = 0x1023, TileData = 18;

    /// <summary>Whether they can, with products of bfloat16.</summary>
    public static bool AreUsable { get; } = HaveProducts() && Ask();

    private static bool HaveProducts()
    {
        const int Needed = BFloat16 | Tiles;
        return X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Edx & Needed) == Needed;
    }

    private static bool Ask()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return false;
        try
        {
            return SystemCall(ArchitectureControl, AskForState, TileData) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long first, long second);
}

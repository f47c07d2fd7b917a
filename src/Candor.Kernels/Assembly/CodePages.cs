using System.Runtime.InteropServices;

namespace Candor.Kernels.Assembly;

/// <summary>
/// Memory for machine code made at run time. It is written first and made executable afterwards, never both at once, and stays for the
/// life of the process, since anything may hold its address.
/// </summary>
internal static unsafe partial class CodePages
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const uint CommitAndReserve = 0x3000, PageReadWrite = 0x04, PageExecuteRead = 0x20;

    /// <summary>Copies code into pages of its own; 0 where the system gives no such memory.</summary>
    public static nint Place(ReadOnlySpan<byte> code)
    {
        if (OperatingSystem.IsWindows()) return PlaceOnWindows(code);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD()) return PlaceOnUnix(code);
        return 0;
    }

    private static nint PlaceOnUnix(ReadOnlySpan<byte> code)
    {
        // Private and anonymous: the second flag has another value on Linux than on the BSDs.
        int flags = 0x02 | (OperatingSystem.IsLinux() ? 0x20 : 0x1000);
        nint page = Map(0, (nuint)code.Length, Read | Write, flags, -1, 0);
        if (page == -1) return 0;
        code.CopyTo(new Span<byte>((void*)page, code.Length));
        if (Protect(page, (nuint)code.Length, Read | Execute) == 0) return page;
        _ = Unmap(page, (nuint)code.Length);
        return 0;
    }

    private static nint PlaceOnWindows(ReadOnlySpan<byte> code)
    {
        nint page = VirtualAlloc(0, (nuint)code.Length, CommitAndReserve, PageReadWrite);
        if (page == 0) return 0;
        code.CopyTo(new Span<byte>((void*)page, code.Length));
        return VirtualProtect(page, (nuint)code.Length, PageExecuteRead, out _) && FlushInstructionCache(-1, page, (nuint)code.Length) ? page : 0;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint length, uint protection, out uint before);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushInstructionCache(nint process, nint address, nuint length);
}

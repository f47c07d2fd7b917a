using System.Runtime.InteropServices;

namespace Candor.Tensors;

/// <summary>Pages of memory, and advice to Linux about them; other systems decide for themselves.</summary>
internal static unsafe partial class Pages
{
    /// <summary>Bytes of a huge page.</summary>
    public const int HugeSize = 2 << 20;

    private const int DoNotNeed = 4, HugePage = 14, ReadWrite = 3, PrivateAnonymous = 0x22, PrivateAnonymousOnBsd = 0x1002;

    /// <summary>
    /// Asks for huge pages under large memory before it is first touched: matrices read along their columns touch a page for each row, more than
    /// a core remembers of small ones. Where the system has none it stays as it is.
    /// </summary>
    /// <param name="begin">The first byte.</param>
    /// <param name="length">Bytes.</param>
    public static void MakeHuge(byte* begin, nuint length)
    {
        if (OperatingSystem.IsLinux()) _ = Advise((nint)begin, length, HugePage);
    }

    /// <summary>Gives whole pages of a mapped file back. Memory without a file would lose what is in it.</summary>
    /// <param name="begin">The first byte.</param>
    /// <param name="length">Bytes.</param>
    public static void Forget(byte* begin, long length)
    {
        if (!OperatingSystem.IsLinux()) return;
        nint page = Environment.SystemPageSize, first = ((nint)begin + page - 1) / page * page, end = (nint)(begin + length) / page * page;
        if (end > first) _ = Advise(first, (nuint)(end - first), DoNotNeed);
    }

    /// <summary>Zeroed memory of the system's own, which goes back to it when it is freed; null where that is not to be had.</summary>
    public static byte* Take(nuint length)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return null;
        nint taken = Map(0, length, ReadWrite, OperatingSystem.IsLinux() ? PrivateAnonymous : PrivateAnonymousOnBsd, -1, 0);
        return taken == -1 ? null : (byte*)taken;
    }

    /// <summary>Gives back what <see cref="Take"/> gave.</summary>
    public static void GiveBack(byte* begin, nuint length) => _ = Unmap((nint)begin, length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint begin, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint begin, nuint length, int advice);
}

using System.Runtime.InteropServices;

namespace Candor.Tensors;

/// <summary>
/// Asks Linux for pages of 2 MiB under large memory: matrices read along their columns touch a page for each row, more than a core
/// remembers of small ones. Other systems decide for themselves.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 2 << 20;

    private const int Advice = 14;

    /// <summary>Asks for them, before the memory is first touched; where the system has none it stays as it is.</summary>
    /// <param name="begin">The first byte.</param>
    /// <param name="length">Bytes.</param>
    public static void Ask(byte* begin, nuint length)
    {
        if (OperatingSystem.IsLinux()) _ = Advise((nint)begin, length, Advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint begin, nuint length, int advice);
}

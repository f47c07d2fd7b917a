using System.Diagnostics;

namespace Candor.Cli.Common;

/// <summary>How much memory this process takes.</summary>
internal static class MemoryUse
{
    /// <summary>The most memory that was resident at any time.</summary>
    public static long PeakResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}

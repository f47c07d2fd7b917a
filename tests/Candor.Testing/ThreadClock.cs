using System.Diagnostics;
using System.Globalization;

namespace Candor.Testing;

/// <summary>
/// The processor time of the current thread where the system tells it (Linux), so that a busy machine makes nothing look
/// slow; elsewhere the time of day.
/// </summary>
public static class ThreadClock
{
    private const string Schedule = "/proc/thread-self/schedstat";

    private static readonly bool IsThere = File.Exists(Schedule);

    /// <summary>Seconds since some moment; two calls on one thread differ by the time between them.</summary>
    public static double Seconds => IsThere
        ? long.Parse(File.ReadAllText(Schedule).Split(' ')[0], CultureInfo.InvariantCulture) / 1e9
        : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}

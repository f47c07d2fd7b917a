using System.Diagnostics;

namespace Candor.Kernels.Limits;

/// <summary>Runs one piece of work over and over on several threads at once and counts how much got done.</summary>
internal static class RateMeter
{
    private const int Windows = 6;

    /// <summary>
    /// The most that all threads together did in a second, in the best of <see cref="Windows"/> windows.
    /// </summary>
    /// <param name="threads">How many threads, 1 or more. They are started here and end here.</param>
    /// <param name="seconds">How long to measure, all windows together.</param>
    /// <param name="work">
    /// Does one portion for the thread of the given index and returns its size in the caller's unit. A portion should
    /// last far less than a window. It is called once before the clock starts, to warm up.
    /// </param>
    public static double Measure(int threads, double seconds, Func<int, long> work)
    {
        var rates = new double[threads, Windows];
        long window = (long)(Stopwatch.Frequency * seconds / Windows);
        long start = 0;
        using var ready = new Barrier(threads, _ => start = Stopwatch.GetTimestamp());

        void Run(int thread)
        {
            work(thread);
            ready.SignalAndWait();
            for (int i = 0; i < Windows; i++)
            {
                long begin = Stopwatch.GetTimestamp(), now = begin, done = 0;
                while (now < start + (i + 1) * window)
                {
                    done += work(thread);
                    now = Stopwatch.GetTimestamp();
                }

                rates[thread, i] = done == 0 ? 0 : done / Stopwatch.GetElapsedTime(begin, now).TotalSeconds;
            }
        }

        var helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.Length; i++)
        {
            int thread = i + 1;
            helpers[i] = new Thread(() => Run(thread)) { IsBackground = true, Name = $"limits {thread}" };
            helpers[i].Start();
        }

        Run(0);
        foreach (Thread helper in helpers) helper.Join();
        return Enumerable.Range(0, Windows).Max(i => Enumerable.Range(0, threads).Sum(thread => rates[thread, i]));
    }
}

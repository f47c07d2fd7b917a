using System.Diagnostics;

namespace Candor.Cli.Common;

/// <summary>A line on stderr while something takes long; silent where stderr is not a terminal, and for short work.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    private readonly string what;
    private readonly Timer? timer;
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private double share = double.NaN;
    private bool shown, done;

    private Progress(string what)
    {
        this.what = what;
        if (!Console.IsErrorRedirected) timer = new Timer(_ => Draw(), null, Patience, TimeSpan.FromMilliseconds(200));
    }

    public static Progress Start(string what) => new(what);

    /// <summary>Says how much is done, 0 to 1.</summary>
    public void Report(double part) => share = part;

    public void Dispose()
    {
        timer?.Dispose();
        lock (gate)
        {
            done = true;
            if (shown) Console.Error.Write("\r\u001b[K");
        }
    }

    private void Draw()
    {
        lock (gate)
        {
            if (done) return;
            shown = true;
            string part = double.IsNaN(share) ? "" : $" {Bar(share)} {share:P0}";
            Console.Error.Write($"\r\u001b[K{what}{part} ({Stopwatch.GetElapsedTime(start).TotalSeconds:0} s)");
        }
    }

    private static string Bar(double part)
    {
        int full = (int)(Math.Clamp(part, 0, 1) * 20);
        return "[" + new string('#', full) + new string('.', 20 - full) + "]";
    }
}

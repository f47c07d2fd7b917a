using System.Text;
using Candor.Formats;

namespace Candor.Training;

/// <summary>
/// The numbers of a run's steps, in three forms: <c>metrics.jsonl</c>, which all else follows; <c>metrics.db</c> (SQLite); and
/// <c>tensorboard/</c> (event files). A run that is taken up takes those steps out that it will take again. Not thread-safe.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    /// <summary>The log that the others follow.</summary>
    public const string File = "metrics.jsonl";

    private readonly FileStream lines;
    private readonly SqliteMetrics database;
    private readonly TensorBoardFile events;

    private MetricsLog(FileStream lines, SqliteMetrics database, TensorBoardFile events) => (this.lines, this.database, this.events) = (lines, database, events);

    /// <summary>Goes on with the log of a folder after a step, or begins one.</summary>
    public static MetricsLog Open(string folder, int step)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, File);
        IReadOnlyList<StepMetrics> kept = [.. StepMetrics.Read(path).Where(m => m.Step <= step)];
        AtomicFile.Write(path, s => s.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(m => m.ToJson() + "\n")))));
        SqliteMetrics database = SqliteMetrics.Create(Path.Combine(folder, "metrics.db"), kept);
        TensorBoardFile events = TensorBoardFile.Create(Path.Combine(folder, "tensorboard"), kept);
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), database, events);
    }

    public void Add(StepMetrics metrics)
    {
        lines.Write(Encoding.UTF8.GetBytes(metrics.ToJson() + "\n"));
        lines.Flush();
        database.Add(metrics);
        events.Add(metrics);
    }

    public void Dispose()
    {
        lines.Dispose();
        database.Dispose();
        events.Dispose();
    }
}

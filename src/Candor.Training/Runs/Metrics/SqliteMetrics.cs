using Microsoft.Data.Sqlite;

namespace Candor.Training;

/// <summary>Numbers of a run's steps in an SQLite database: a table <c>metrics</c> of step, name and value.</summary>
internal sealed class SqliteMetrics : IDisposable
{
    private readonly SqliteConnection connection;

    private SqliteMetrics(SqliteConnection connection) => this.connection = connection;

    /// <summary>A database with the steps that were taken before; one that was there is written anew.</summary>
    public static SqliteMetrics Create(string path, IReadOnlyList<StepMetrics> before)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS metrics (step INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (step, name)) WITHOUT ROWID; DELETE FROM metrics;");
        var made = new SqliteMetrics(connection);
        using SqliteTransaction all = connection.BeginTransaction();
        foreach (StepMetrics metrics in before) made.Insert(metrics, all);
        all.Commit();
        return made;
    }

    public void Add(StepMetrics metrics)
    {
        using SqliteTransaction step = connection.BeginTransaction();
        Insert(metrics, step);
        step.Commit();
    }

    public void Dispose()
    {
        // One file is left, without the log of changes beside it.
        Execute(connection, "PRAGMA journal_mode = DELETE;");
        connection.Dispose();
    }

    private void Insert(StepMetrics metrics, SqliteTransaction transaction)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT OR REPLACE INTO metrics (step, name, value) VALUES ($step, $name, $value)";
        SqliteParameter step = command.Parameters.Add("$step", SqliteType.Integer), name = command.Parameters.Add("$name", SqliteType.Text), value = command.Parameters.Add("$value", SqliteType.Real);
        step.Value = metrics.Step;
        foreach ((string key, double number) in metrics.Values)
        {
            (name.Value, value.Value) = (key, number);
            command.ExecuteNonQuery();
        }
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}

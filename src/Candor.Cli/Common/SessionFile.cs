using System.CommandLine;
using System.Text;
using System.Text.Json;
using Candor.Inference;

namespace Candor.Cli.Common;

/// <summary>The option <c>--session</c>: a conversation that is kept in a file from one run of the program to the next.</summary>
internal static class SessionFile
{
    private const string Messages = "candor.messages";

    public static Option<string?> Option() => new("--session") { Description = "A file that keeps what the model has read: one that is there is gone on from, so that what is asked in common need not be read again; it is written at the end." };

    public static Session Open(LanguageModel model, string? path)
    {
        // Before anything is answered: what cannot be kept is better known at once.
        if (Directory.Exists(path)) throw new CliException($"--session {path}: this is a folder; name a file", ExitCode.Files);
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder)) throw new CliException($"--session {path}: the folder {folder} is missing", ExitCode.Files);
        return path is not null && File.Exists(path) ? model.RestoreSession(path) : model.CreateSession();
    }

    public static void Save(Session session, string? path, IReadOnlyList<(string Role, string Content)>? messages = null)
    {
        if (path is null) return;
        session.Save(path, messages is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { [Messages] = Write(messages) });
    }

    /// <summary>The conversation that was kept with a session; empty where it was none.</summary>
    public static List<(string Role, string Content)> MessagesOf(Session session)
    {
        if (!session.Notes.TryGetValue(Messages, out string? text)) return [];
        using JsonDocument json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!))];
    }

    private static string Write(IReadOnlyList<(string Role, string Content)> messages)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach ((string role, string content) in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteString("content", content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary>Shapes that generated data is written in.</summary>
public enum GeneratedShape
{
    /// <summary><c>messages</c>: the prompt by the user, the text by the assistant.</summary>
    Messages,

    /// <summary><c>text</c>: the generated text alone.</summary>
    Text,

    /// <summary><c>prompt</c> and <c>completion</c>.</summary>
    Completion,
}

/// <summary>How generated data came about; every line says so.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="ModelHash">SHA-256 of its file or files.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Settings">Whatever else decides what is generated: sampling options, templates, filters.</param>
public sealed record GeneratedOrigin(string Model, string ModelHash, ulong Seed, JsonObject Settings);

/// <summary>
/// Data that a model writes, a JSON line each, with its provenance. What repeats an earlier text, is cut off or does not pass a filter
/// is left out. A file that is there is gone on with, from the number after its last. Not thread-safe.
/// </summary>
public sealed class GeneratedFile : IDisposable
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream stream;
    private readonly GeneratedOrigin origin;
    private readonly string run;
    private readonly GeneratedShape shape;
    private readonly TextFilter filter;
    private readonly NearDuplicates? near;
    private readonly SortedDictionary<int, (string Prompt, string Text, bool Finished)> waiting = [];

    private GeneratedFile(FileStream stream, GeneratedOrigin origin, GeneratedShape shape, RecipeFilter filter, double? nearness)
    {
        (this.stream, this.origin, this.shape, this.filter) = (stream, origin, shape, new TextFilter(filter));
        near = nearness is { } n ? new NearDuplicates(n) : null;
        run = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{origin.ModelHash} {origin.Seed} {shape} {origin.Settings.ToJsonString()}")))[..16];
    }

    /// <summary>The number of the next text to generate; those before are done.</summary>
    public int Next { get; private set; }

    /// <summary>Texts that the file is to have; those that come after are not written. Default: any number.</summary>
    public int Most { get; set; } = int.MaxValue;

    /// <summary>Texts in the file.</summary>
    public int Kept { get; private set; }

    /// <summary>Texts that were cut off or did not pass the filter, since it was opened.</summary>
    public int Filtered { get; private set; }

    /// <summary>Texts that repeated earlier ones, since it was opened.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Begins a file, or goes on with one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">How its texts come about.</param>
    /// <param name="shape">The shape of its lines.</param>
    /// <param name="filter">What generated texts must be like.</param>
    /// <param name="nearness">The share of common runs of words from which texts count as the same, or null where repetition is welcome.</param>
    /// <exception cref="TrainingException">The file was made in another way.</exception>
    public static GeneratedFile Open(string path, GeneratedOrigin origin, GeneratedShape shape, RecipeFilter filter, double? nearness)
    {
        ArgumentNullException.ThrowIfNull(origin);
        var file = new GeneratedFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), origin, shape, filter, nearness);
        try
        {
            file.TakeUp(path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes a text; it is written when all before it have come.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="text">The text.</param>
    /// <param name="finished">Whether the model ended it by itself.</param>
    public void Add(int index, string prompt, string text, bool finished)
    {
        ArgumentNullException.ThrowIfNull(text);
        waiting[index] = (prompt, text.Trim(), finished);
        while (Kept < Most && waiting.Remove(Next, out (string Prompt, string Text, bool Finished) next))
        {
            if (!next.Finished || next.Text.Length == 0 || !filter.Passes(next.Text)) Filtered++;
            else if (near?.Add(next.Text) == false) Duplicates++;
            else Write(Next, next.Prompt, next.Text);
            Next++;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void Write(int index, string prompt, string text)
    {
        var line = new JsonObject();
        if (shape == GeneratedShape.Messages) line["messages"] = new JsonArray(Message("user", prompt), Message("assistant", text));
        else if (shape == GeneratedShape.Text) line["text"] = text;
        else (line["prompt"], line["completion"]) = (prompt, text);
        var provenance = new JsonObject { ["model"] = origin.Model, ["model_sha256"] = origin.ModelHash, ["seed"] = origin.Seed, ["index"] = index, ["run"] = run };
        if (shape == GeneratedShape.Text) provenance["prompt"] = prompt;
        foreach ((string name, JsonNode? value) in origin.Settings) provenance[name] = value?.DeepClone();
        provenance["candor"] = typeof(GeneratedFile).Assembly.GetName().Version?.ToString(3);
        line["provenance"] = provenance;
        stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString(Options) + "\n"));
        stream.Flush();
        Kept++;
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    /// <summary>Reads what is there; a last line without an end was interrupted, and is taken off.</summary>
    private void TakeUp(string path)
    {
        long whole = 0;
        using (var reader = new StreamReader(stream, Encoding.UTF8, false, 1 << 16, leaveOpen: true))
        {
            int number = 0;
            while (reader.ReadLine() is { } line)
            {
                long end = whole + Encoding.UTF8.GetByteCount(line) + 1;
                if (end > stream.Length) break;
                whole = end;
                JsonObject? entry = Parse(line);
                if ((string?)entry?["provenance"]?["run"] != run) throw new TrainingException($"{path}, line {++number}: was made by another model, seed, prompt or setting; name another file");
                Next = (int)entry!["provenance"]!["index"]! + 1;
                near?.Add((string?)(shape switch { GeneratedShape.Messages => entry["messages"]![1]!["content"], GeneratedShape.Text => entry["text"], _ => entry["completion"] }) ?? "");
                Kept++;
                number++;
            }
        }

        stream.SetLength(whole);
        stream.Position = whole;
    }

    private static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

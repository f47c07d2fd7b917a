using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Candor.Generator;

// Writes texts and conversations for a small model. Stories that another model wrote (stories.jsonl) go along.
if (args.Length == 0 || args[0].StartsWith('-'))
{
    Console.Error.WriteLine("usage: Candor.Generator OUT_FOLDER [--seed 1] [--size CHARACTERS] [--stories FILE] [--wide]");
    return 2;
}

long Option(string name, long otherwise) => Array.IndexOf(args, name) is var i && i >= 0 && i + 1 < args.Length ? long.Parse(args[i + 1], System.Globalization.CultureInfo.InvariantCulture) : otherwise;
ulong seed = (ulong)Option("--seed", 1);
long size = Option("--size", 12_000_000);
string folder = args[0];
int named = Array.IndexOf(args, "--stories");
// Questions about numbers of a wider range than is asked for later, so that they are read and not guessed.
bool wide = args.Contains("--wide");
WrittenStory[] writtenStories = named >= 0 && named + 1 < args.Length ? WrittenStory.Read(args[named + 1]) : [];
Directory.CreateDirectory(folder);
var dice = new Dice(seed);

// Held back: one question in thirty, by its sum or its words, so that no other wording gives it away.
static bool IsHeld(Exchange e) => Dice.Hash(e.Held) % 30 == 0;
static bool IsValid(string text) => Dice.Hash(text) % 100 == 0;

long written = 0;
using (var train = new Lines(Path.Combine(folder, "pretrain.jsonl")))
using (var valid = new Lines(Path.Combine(folder, "valid.jsonl")))
{
    while (written < size)
    {
        string text = dice.Below(20) switch
        {
            < 2 => Stories.Draw(dice),
            < 9 when writtenStories.Length > 0 => dice.Of(writtenStories).Text,
            < 9 => Stories.Draw(dice),
            < 15 => Drills.Draw(dice, IsHeld, wide),
            _ => Together(dice),
        };
        (IsValid(text) ? valid : train).Text(text);
        written += text.Length;
    }
}

written = 0;
using (var chat = new Lines(Path.Combine(folder, "chat.jsonl")))
{
    while (written < size / 3)
    {
        var turns = new List<(string, string)>();
        for (int n = dice.Chance(30) ? 2 : 1; n > 0; n--)
        {
            Exchange e = wide && dice.Chance(20) ? Drills.Asked(dice, IsHeld) : Ask(dice, writtenStories);
            turns.Add(("user", e.Question));
            turns.Add(("assistant", e.Answer));
            written += e.Question.Length + e.Answer.Length;
        }

        chat.Chat(turns, null, null);
    }
}

var seen = new HashSet<string>();
var checkDice = new Dice(seed + 77);
using (var check = new Lines(Path.Combine(folder, "check.jsonl")))
{
    for (int tries = 0; seen.Count < 200 && tries < 2_000_000; tries++)
    {
        Exchange e = Questions.Draw(checkDice);
        if (IsHeld(e) && e.Topic is not ("greetings" or "self") && seen.Add(e.Question)) check.Chat([("user", e.Question)], e.Key, e.Topic);
    }
}

return 0;

// Facts stand in plain texts too, a few in a row; held-back questions never do.
static string Together(Dice dice)
{
    var text = new StringBuilder();
    for (int n = 3 + dice.Below(6); n > 0; n--)
    {
        Exchange e = Ask(dice, []);
        if (e.Topic is "unknown" or "greetings" or "json" || e.Answer.Length > 200) continue;
        text.Append(text.Length > 0 ? " " : "").Append(dice.Chance(30) && e.Topic != "sums" ? $"{e.Question} {e.Answer}" : e.Answer);
        if (e.Topic == "sums") text.Append('.');
    }

    return text.Length > 0 ? text.ToString() : Stories.Draw(dice);
}

static Exchange Ask(Dice dice, WrittenStory[] stories)
{
    if (dice.Chance(30))
    {
        WrittenStory? known = stories.Length > 0 ? dice.Of(stories) : null;
        string animal = Stories.Animal(dice), about = known?.About ?? $"{Questions.Article(animal)} {animal}";
        string question = dice.Of((string[])[$"Tell me a story about {about}.", $"Tell a short story about {about}.", $"Write a story about {about}.", $"I want to hear a story about {about}."]);
        return new Exchange("stories", question, known?.Text ?? Stories.Draw(dice, animal), animal, question);
    }

    Exchange e;
    do e = Questions.Draw(dice);
    while (IsHeld(e) && e.Topic is not ("greetings" or "self"));
    return e;
}

/// <summary>A file of JSON lines.</summary>
internal sealed class Lines(string path) : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream stream = File.Create(path);

    public void Text(string text) => Line(w => w.WriteString("text", text));

    public void Chat(IEnumerable<(string Role, string Content)> turns, string? answer, string? topic) => Line(w =>
    {
        w.WriteStartArray("messages");
        foreach ((string role, string content) in turns)
        {
            w.WriteStartObject();
            w.WriteString("role", role);
            w.WriteString("content", content);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        if (answer is not null) w.WriteString("answer", answer);
        if (topic is not null) w.WriteString("topic", topic);
    });

    public void Dispose() => stream.Dispose();

    private void Line(Action<Utf8JsonWriter> members)
    {
        using (var w = new Utf8JsonWriter(stream, Options))
        {
            w.WriteStartObject();
            members(w);
            w.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}

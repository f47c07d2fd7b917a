using System.Text;
using System.Text.Json;

namespace Candor.Training;

/// <summary>
/// Prompts for making data: templates whose <c>{names}</c> stand for one of several values each. Which values a prompt gets depends on
/// the seed and on its number alone. Braces around names that have no values are plain text.
/// </summary>
public sealed class PromptSet
{
    private readonly IReadOnlyList<string> templates;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> values;

    /// <summary>Prompts from templates.</summary>
    /// <param name="templates">One or more; they take turns.</param>
    /// <param name="values">Values by name.</param>
    /// <exception cref="TrainingException">There is no template, or a name has no value.</exception>
    public PromptSet(IReadOnlyList<string> templates, IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        ArgumentNullException.ThrowIfNull(templates);
        ArgumentNullException.ThrowIfNull(values);
        if (templates.Count == 0) throw new TrainingException("there is no prompt");
        if (values.FirstOrDefault(v => v.Value.Count == 0).Key is { } empty) throw new TrainingException($"{{{empty}}} has no values");
        (this.templates, this.values) = (templates, values);
    }

    /// <summary>The templates of a data file: the first user's message, the <c>prompt</c>, the <c>instruction</c> or the text of each entry.</summary>
    /// <exception cref="TrainingException">There is no such file, or an entry has no prompt.</exception>
    public static IReadOnlyList<string> Templates(string path) => [.. DataFile.Entries(path).Select(Template)];

    /// <summary>The prompt of a number.</summary>
    public string Draw(int index, ulong seed)
    {
        string template = templates[index % templates.Count];
        var random = new SeededRandom(seed ^ (0xD1B54A32D192ED03 * (ulong)(index + 1)));
        var text = new StringBuilder();
        for (int at = 0; at < template.Length;)
        {
            int open = template.IndexOf('{', at), close = open < 0 ? -1 : template.IndexOf('}', open);
            if (close < 0) return text.Append(template, at, template.Length - at).ToString();
            if (values.TryGetValue(template[(open + 1)..close], out IReadOnlyList<string>? choices))
            {
                text.Append(template, at, open - at).Append(choices[random.NextInt(choices.Count)]);
                at = close + 1;
            }
            else
            {
                text.Append(template, at, open + 1 - at);
                at = open + 1;
            }
        }

        return text.ToString();
    }

    private static string Template(DataEntry entry)
    {
        if (entry.Json is not { } json) return entry.Text.Trim();
        if ((RecordShape.Text(json, "prompt") ?? RecordShape.Text(json, "text")) is { } text) return text;
        JsonElement? user = RecordShape.Messages(json, entry.Place)?.GetProperty("messages").EnumerateArray().FirstOrDefault(m => RecordShape.Text(m, "role") == "user");
        return user is { ValueKind: JsonValueKind.Object } said && RecordShape.Text(said, "content") is { } content ? content
            : throw new TrainingException($"{entry.Place}: has neither prompt, text nor a user's message");
    }
}

using System.Globalization;

namespace Candor.Models;

/// <summary>
/// Where a weight lies and what is done to it while it is read, as one line of text:
/// <c>NAME [|| NAME] [| OPERATION …]</c>, with <c>?</c> at the end where the tensor may be missing.
/// <para>Names may hold <c>{layer}</c> and <c>{expert}</c>. Where a weight is wanted for one expert and the name has
/// no <c>{expert}</c>, the tensor's first dimension is the expert's. Operations, left to right:</para>
/// <list type="bullet">
/// <item><c>rows BEGIN END</c>: those rows (of a fused tensor), without a copy;</item>
/// <item><c>gather PERIOD BEGIN COUNT</c>: of every PERIOD rows those from BEGIN, COUNT of them;</item>
/// <item><c>transpose</c>: the last two dimensions are swapped;</item>
/// <item><c>add VALUE</c>: a number is added to every element (Gemma stores norm weights less 1);</item>
/// <item><c>negexp</c>: x becomes −exp(x) (Mamba stores log(−A)).</item>
/// </list>
/// </summary>
/// <param name="Names">Names to try, first match wins.</param>
/// <param name="Operations">What is done, in order.</param>
/// <param name="Optional">Whether the tensor may be missing.</param>
public sealed record WeightSource(IReadOnlyList<string> Names, IReadOnlyList<WeightOperation> Operations, bool Optional)
{
    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not of that form; the message says where.</exception>
    public static WeightSource Parse(string line)
    {
        string text = line.Trim();
        bool optional = text.EndsWith('?');
        if (optional) text = text[..^1];
        string[] parts = text.Replace("||", "\0", StringComparison.Ordinal).Split('|', StringSplitOptions.TrimEntries);
        string[] names = parts[0].Split('\0', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) throw new FormatException($"'{line}' names no tensor");
        return new WeightSource(names, [.. parts.Skip(1).Select(p => WeightOperation.Parse(p, line))], optional);
    }

    /// <summary>A name with its indices filled in.</summary>
    public static string Fill(string name, int layer, int expert)
    {
        if (layer >= 0) name = name.Replace("{layer}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        if (expert >= 0) name = name.Replace("{expert}", expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return name;
    }
}

/// <summary>One operation on a weight while it is read; see <see cref="WeightSource"/>.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="A">First number.</param>
/// <param name="B">Second number.</param>
/// <param name="C">Third number.</param>
public readonly record struct WeightOperation(WeightOperationKind Kind, double A = 0, double B = 0, double C = 0)
{
    internal static WeightOperation Parse(string text, string line)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (WeightOperationKind kind, int count) = words.FirstOrDefault() switch
        {
            "rows" => (WeightOperationKind.Rows, 2),
            "gather" => (WeightOperationKind.Gather, 3),
            "transpose" => (WeightOperationKind.Transpose, 0),
            "add" => (WeightOperationKind.Add, 1),
            "negexp" => (WeightOperationKind.NegativeExponential, 0),
            _ => throw new FormatException($"'{line}': unknown operation '{text}'; known are rows, gather, transpose, add, negexp"),
        };
        var n = new double[3];
        if (words.Length != count + 1) throw new FormatException($"'{line}': '{words[0]}' takes {count} numbers");
        for (int i = 0; i < count; i++)
        {
            if (!double.TryParse(words[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out n[i]))
                throw new FormatException($"'{line}': '{words[i + 1]}' is not a number");
            if (kind is WeightOperationKind.Rows or WeightOperationKind.Gather && (n[i] < 0 || n[i] > int.MaxValue || n[i] != Math.Floor(n[i])))
                throw new FormatException($"'{line}': '{words[i + 1]}' is not a count");
        }

        if (kind == WeightOperationKind.Gather && (n[0] < 1 || n[1] + n[2] > n[0])) throw new FormatException($"'{line}': gather goes beyond its period");
        if (kind == WeightOperationKind.Rows && n[1] < n[0]) throw new FormatException($"'{line}': rows end before they begin");
        return new WeightOperation(kind, n[0], n[1], n[2]);
    }
}

/// <summary>Operations on a weight while it is read; see <see cref="WeightSource"/>.</summary>
public enum WeightOperationKind
{
    /// <summary>A range of rows.</summary>
    Rows,
    /// <summary>Some rows of every period.</summary>
    Gather,
    /// <summary>The last two dimensions swapped.</summary>
    Transpose,
    /// <summary>A number added.</summary>
    Add,
    /// <summary>−exp(x).</summary>
    NegativeExponential,
}

using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Mistral;

/// <summary>
/// JSON as Python's <c>json</c> module reads and writes it, since tools and calls reach the model in exactly that spelling:
/// a space after colons and commas, characters beyond ASCII as they are, numbers as Python prints them, the keys of an object
/// in their order with the last of equal ones counting.
/// </summary>
internal sealed class PythonJson
{
    /// <summary>How deep arrays and objects may be nested.</summary>
    public const int DeepestLevel = 200;

    private PythonJson(JsonKind kind) => Kind = kind;

    /// <summary>What this value is.</summary>
    public JsonKind Kind { get; }

    /// <summary>The string's characters, or the number as Python prints it.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Elements of an array, or values of an object in the order of <see cref="Keys"/>.</summary>
    public List<PythonJson> Items { get; } = [];

    /// <summary>Keys of an object.</summary>
    public List<string> Keys { get; } = [];

    /// <summary>The literal null.</summary>
    public static PythonJson Null { get; } = new(JsonKind.Null);

    /// <summary>An empty object.</summary>
    public static PythonJson Object() => new(JsonKind.Object);

    /// <summary>An empty array.</summary>
    public static PythonJson Array() => new(JsonKind.Array);

    /// <summary>A string.</summary>
    public static PythonJson String(string text) => new(JsonKind.String) { Text = text };

    /// <summary>Reads a text; null where Python would find it malformed, or where it is nested too deeply.</summary>
    public static PythonJson? Parse(string text)
    {
        var reader = new Reader(text);
        return reader.ReadWhole();
    }

    /// <summary>The value of a key; null where it is absent or this is no object.</summary>
    public PythonJson? this[string key] => Kind == JsonKind.Object && Keys.IndexOf(key) is var at && at >= 0 ? Items[at] : null;

    /// <summary>Sets a key; a key that is there already keeps its place.</summary>
    public PythonJson Set(string key, PythonJson value)
    {
        int at = Keys.IndexOf(key);
        if (at >= 0)
        {
            Items[at] = value;
        }
        else
        {
            Keys.Add(key);
            Items.Add(value);
        }

        return this;
    }

    /// <summary>Writes the value.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        switch (Kind)
        {
            case JsonKind.Null: text.Append("null"); break;
            case JsonKind.True: text.Append("true"); break;
            case JsonKind.False: text.Append("false"); break;
            case JsonKind.Number: text.Append(Text); break;
            case JsonKind.String: WriteString(text, Text); break;
            default:
                bool isObject = Kind == JsonKind.Object;
                text.Append(isObject ? '{' : '[');
                for (int i = 0; i < Items.Count; i++)
                {
                    if (i > 0) text.Append(", ");
                    if (isObject)
                    {
                        WriteString(text, Keys[i]);
                        text.Append(": ");
                    }

                    Items[i].Write(text);
                }

                text.Append(isObject ? '}' : ']');
                break;
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\f': text.Append("\\f"); break;
                case '\b': text.Append("\\b"); break;
                case < ' ': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        }

        text.Append('"');
    }

    /// <summary>A floating-point number as Python prints it: the shortest digits, an exponent below 1e-4 and from 1e16 on.</summary>
    private static string Float(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        string scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        bool negative = scientific[0] == '-';
        if (value == 0) return negative ? "-0.0" : "0.0";

        // Digits without the point and zeros at the ends; then the point is put where Python puts it.
        int e = shortest.IndexOf('E');
        string mantissa = (e < 0 ? shortest : shortest[..e]).TrimStart('-');
        int exponent = e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), CultureInfo.InvariantCulture);
        int point = mantissa.IndexOf('.');
        if (point < 0) point = mantissa.Length;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        int scale = point - leading + exponent; // the value is 0.DIGITS * 10^scale
        string sign = negative ? "-" : "";
        if (scale is > 16 or < -3)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            int power = scale - 1;
            return $"{sign}{digits[0]}{fraction}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}";
        }

        if (scale <= 0) return $"{sign}0.{new string('0', -scale)}{digits}";
        return digits.Length <= scale ? $"{sign}{digits}{new string('0', scale - digits.Length)}.0" : $"{sign}{digits[..scale]}.{digits[scale..]}";
    }

    private ref struct Reader(string text)
    {
        private readonly string text = text;
        private int at;

        public PythonJson? ReadWhole()
        {
            SkipSpace();
            PythonJson? value = ReadValue(0);
            SkipSpace();
            return at == text.Length ? value : null;
        }

        private void SkipSpace()
        {
            while (at < text.Length && text[at] is ' ' or '\t' or '\n' or '\r') at++;
        }

        private PythonJson? ReadValue(int level)
        {
            if (at >= text.Length || level > DeepestLevel) return null;
            switch (text[at])
            {
                case '{': return ReadObject(level);
                case '[': return ReadArray(level);
                case '"': return ReadString() is { } s ? String(s) : null;
                case 'n' when Take("null"): return Null;
                case 't' when Take("true"): return new PythonJson(JsonKind.True);
                case 'f' when Take("false"): return new PythonJson(JsonKind.False);
                case 'N' when Take("NaN"): return new PythonJson(JsonKind.Number) { Text = "NaN" };
                case 'I' when Take("Infinity"): return new PythonJson(JsonKind.Number) { Text = "Infinity" };
                case '-' when Take("-Infinity"): return new PythonJson(JsonKind.Number) { Text = "-Infinity" };
                default: return ReadNumber();
            }
        }

        private bool Take(string word)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) return false;
            at += word.Length;
            return true;
        }

        private PythonJson? ReadObject(int level)
        {
            var value = Object();
            var places = new Dictionary<string, int>(StringComparer.Ordinal);
            at++;
            SkipSpace();
            if (Is('}')) return value;
            while (true)
            {
                if (at >= text.Length || text[at] != '"' || ReadString() is not { } key) return null;
                SkipSpace();
                if (!Is(':')) return null;
                SkipSpace();
                if (ReadValue(level + 1) is not { } item) return null;
                if (places.TryGetValue(key, out int place))
                {
                    value.Items[place] = item;
                }
                else
                {
                    places.Add(key, value.Keys.Count);
                    value.Keys.Add(key);
                    value.Items.Add(item);
                }

                SkipSpace();
                if (Is('}')) return value;
                if (!Is(',')) return null;
                SkipSpace();
            }
        }

        private PythonJson? ReadArray(int level)
        {
            var value = Array();
            at++;
            SkipSpace();
            if (Is(']')) return value;
            while (true)
            {
                if (ReadValue(level + 1) is not { } item) return null;
                value.Items.Add(item);
                SkipSpace();
                if (Is(']')) return value;
                if (!Is(',')) return null;
                SkipSpace();
            }
        }

        private bool Is(char c)
        {
            if (at >= text.Length || text[at] != c) return false;
            at++;
            return true;
        }

        private string? ReadString()
        {
            var value = new StringBuilder();
            for (at++; at < text.Length; at++)
            {
                char c = text[at];
                if (c == '"')
                {
                    at++;
                    return value.ToString();
                }

                if (c < ' ') return null;
                if (c != '\\')
                {
                    value.Append(c);
                    continue;
                }

                if (++at >= text.Length) return null;
                switch (text[at])
                {
                    case '"' or '\\' or '/': value.Append(text[at]); break;
                    case 'n': value.Append('\n'); break;
                    case 'r': value.Append('\r'); break;
                    case 't': value.Append('\t'); break;
                    case 'f': value.Append('\f'); break;
                    case 'b': value.Append('\b'); break;
                    case 'u':
                        if (at + 4 >= text.Length || !ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)) return null;
                        value.Append((char)unit);
                        at += 4;
                        break;
                    default: return null;
                }
            }

            return null;
        }

        private PythonJson? ReadNumber()
        {
            int begin = at;
            Is('-');
            if (!Is('0') && !Digits()) return null;
            bool isFloat = false;
            int end = at;
            if (Is('.'))
            {
                if (Digits()) (isFloat, end) = (true, at);
                else at = end;
            }

            if (at < text.Length && text[at] is 'e' or 'E')
            {
                at++;
                if (!Is('+')) Is('-');
                if (Digits()) isFloat = true;
                else at = end;
            }

            string number = text[begin..at];
            if (isFloat) number = Float(double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture));
            else if (number == "-0") number = "0";
            return new PythonJson(JsonKind.Number) { Text = number };
        }

        private bool Digits()
        {
            int begin = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            return at > begin;
        }
    }
}

/// <summary>What a JSON value is.</summary>
internal enum JsonKind
{
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

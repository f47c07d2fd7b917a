using System.Globalization;
using System.Numerics;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>text % values</c>.</summary>
internal sealed class PercentFormat
{
    private const int MaxNumber = 10_000_000;

    private readonly RenderRun run;
    private readonly string format;
    private readonly TemplateValue values;
    private readonly bool markup;
    private readonly StringBuilder text = new();
    private int at;
    private int next;

    private PercentFormat(RenderRun run, StringValue format, TemplateValue values)
    {
        this.run = run;
        this.format = format.Value;
        this.values = values;
        markup = format.IsMarkup;
    }

    public static TemplateValue Format(RenderRun run, StringValue format, TemplateValue values) => new PercentFormat(run, format, values).All();

    private StringValue All()
    {
        while (at < format.Length)
        {
            int percent = format.IndexOf('%', at);
            if (percent < 0) percent = format.Length;
            Write(format[at..percent]);
            at = percent + 1;
            if (percent < format.Length) Directive();
        }

        bool all = values is TupleValue tuple ? next >= tuple.Items.Count : next > 0 || IsMapping(values);
        if (!all) throw Faults.Type("not all arguments converted during string formatting");
        return run.Text(text.ToString(), markup);
    }

    /// <summary>Values that may stay unused, as Python decides it.</summary>
    private static bool IsMapping(TemplateValue value) => value is DictValue or ListValue or RangeValue or UndefinedValue;

    private void Write(string piece)
    {
        run.Allocate(piece.Length);
        text.Append(piece);
    }

    private void Directive()
    {
        TemplateValue? keyed = Key();
        bool left = false;
        bool plus = false;
        bool space = false;
        bool alternate = false;
        bool zero = false;
        for (; at < format.Length; at++)
        {
            char c = format[at];
            if (c == '-') left = true;
            else if (c == '+') plus = true;
            else if (c == ' ') space = true;
            else if (c == '#') alternate = true;
            else if (c == '0') zero = true;
            else break;
        }

        int width = Number();
        if (width < 0 && width != int.MinValue)
        {
            left = true;
            width = -width;
        }

        int precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            int given = Number();
            precision = given == int.MinValue ? 0 : Math.Max(given, 0);
        }

        if (at < format.Length && format[at] is 'h' or 'l' or 'L') at++;
        if (at >= format.Length) throw Faults.Value("incomplete format");
        char kind = format[at++];
        if (kind == '%')
        {
            Write("%");
            return;
        }

        if (precision > 0) run.Allocate(precision);
        TemplateValue value = keyed ?? Next();
        (string sign, string body, bool number) = Convert(kind, value, precision, alternate);
        if (number && sign.Length == 0) sign = plus ? "+" : space ? " " : "";
        Pad(sign, body, width == int.MinValue ? 0 : width, left, zero && number && !left);
    }

    private void Pad(string sign, string body, int width, bool left, bool zeros)
    {
        int missing = width - PyText.CodePoints(sign) - PyText.CodePoints(body);
        string padding = Repetition.Text(run, zeros ? "0" : " ", missing);
        if (zeros && body.Length > 2 && body[0] == '0' && body[1] is 'x' or 'X' or 'o')
        {
            sign += body[..2];
            body = body[2..];
        }

        if (left) Write(sign + body + padding);
        else if (zeros) Write(sign + padding + body);
        else Write(padding + sign + body);
    }

    private TemplateValue? Key()
    {
        if (at >= format.Length || format[at] != '(') return null;
        int depth = 1;
        int begin = ++at;
        while (at < format.Length && depth > 0)
        {
            if (format[at] == '(') depth++;
            else if (format[at] == ')') depth--;
            at++;
        }

        if (depth > 0) throw Faults.Value("incomplete format key");
        if (values is TupleValue || !IsMapping(values)) throw Faults.Type("format requires a mapping");
        next = Math.Max(next, 1);
        StringValue key = StringValue.Of(format[begin..(at - 1)]);
        if (values is UndefinedValue undefined) throw undefined.Fault(run);
        if (values is not DictValue dict) throw Faults.Type($"{values.TypeName} indices must be integers or slices, not str");
        return dict.Items.TryGetValue(key, out TemplateValue? value) ? value : throw Faults.Key(StringRepr.Of(key.Value));
    }

    /// <summary>A width or precision; the smallest int where none is given.</summary>
    private int Number()
    {
        if (at < format.Length && format[at] == '*')
        {
            at++;
            TemplateValue value = Next();
            if (!Integers.TryIndex(value, out long given)) throw Faults.Type("* wants int");
            if (Math.Abs(given) > MaxNumber) throw TooWide();
            return (int)given;
        }

        if (at >= format.Length || !char.IsAsciiDigit(format[at])) return int.MinValue;
        long number = 0;
        for (; at < format.Length && char.IsAsciiDigit(format[at]); at++)
        {
            number = (number * 10) + (format[at] - '0');
            if (number > MaxNumber) throw TooWide();
        }

        return (int)number;
    }

    private static TemplateException TooWide() => Faults.Budget("a width or precision of more than ten million");

    private TemplateValue Next()
    {
        if (values is TupleValue tuple)
        {
            if (next >= tuple.Items.Count) throw Faults.Type("not enough arguments for format string");
            return tuple.Items[next++];
        }

        if (next++ > 0) throw Faults.Type("not enough arguments for format string");
        return values;
    }

    private (string Sign, string Body, bool Number) Convert(char kind, TemplateValue value, int precision, bool alternate)
    {
        switch (kind)
        {
            case 's':
                string plain = value.ToText(run);
                return ("", Cut(markup && value is not StringValue { IsMarkup: true } ? Html.Escape(run, plain) : plain, precision), false);
            case 'r' or 'a':
                string repr = ReprWriter.Write(run, value);
                if (kind == 'a') repr = EscapeNonAscii(repr);
                return ("", Cut(markup ? Html.Escape(run, repr) : repr, precision), false);
            case 'c':
                return ("", Character(value), false);
            case 'd' or 'i' or 'u' or 'o' or 'x' or 'X':
                return Integer(kind, value, precision, alternate);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return Float(kind, value, precision < 0 ? 6 : precision, alternate);
            default:
                throw Faults.Value(string.Create(
                    CultureInfo.InvariantCulture,
                    $"unsupported format character '{kind}' (0x{(int)kind:x}) at index {at - 1}"));
        }
    }

    /// <summary>Escapes in a text that is a repr already.</summary>
    public static string EscapeNonAscii(string repr)
    {
        var ascii = new StringBuilder(repr.Length);
        foreach (Rune r in repr.EnumerateRunes())
        {
            if (r.IsAscii) ascii.Append(r);
            else if (r.Value < 0x100) ascii.Append(CultureInfo.InvariantCulture, $"\\x{r.Value:x2}");
            else if (r.IsBmp) ascii.Append(CultureInfo.InvariantCulture, $"\\u{r.Value:x4}");
            else ascii.Append(CultureInfo.InvariantCulture, $"\\U{r.Value:x8}");
        }

        return ascii.ToString();
    }

    private static string Cut(string text, int precision) =>
        precision >= 0 && PyText.CodePoints(text) > precision ? text[..PyText.Offset(text, precision)] : text;

    private static string Character(TemplateValue value)
    {
        if (value is StringValue { CodePoints: 1 } one) return one.Value;
        return Integers.TryGet(value, out BigInteger code) ? FormatSpec.Character(code) : throw Faults.Type("%c requires int or char");
    }

    private (string Sign, string Body, bool Number) Integer(char kind, TemplateValue value, int precision, bool alternate)
    {
        BigInteger number;
        if (value is FloatValue real && kind is ('d' or 'i' or 'u')) number = Truncate(real.Value);
        else if (!Integers.TryGet(value, out number))
            throw Faults.Type(kind is 'o' or 'x' or 'X' ? $"%{kind} format: an integer is required, not {value.TypeName}" : $"%{kind} format: a real number is required, not {value.TypeName}");
        BigInteger size = BigInteger.Abs(number);
        string digits = kind switch
        {
            'o' => FormatSpec.Radix(size, 3),
            'x' => FormatSpec.Radix(size, 4),
            'X' => FormatSpec.Radix(size, 4).ToUpperInvariant(),
            _ => Integers.ToText(run, size),
        };
        if (precision > digits.Length) digits = digits.PadLeft(precision, '0');
        if (alternate) digits = kind switch { 'o' => "0o", 'x' => "0x", 'X' => "0X", _ => "" } + digits;
        return (number.Sign < 0 ? "-" : "", digits, true);
    }

    /// <summary>The whole part of a double; fails where there is none.</summary>
    public static BigInteger Truncate(double value)
    {
        if (double.IsNaN(value)) throw Faults.Value("cannot convert float NaN to integer");
        if (double.IsInfinity(value)) throw Faults.Overflow("cannot convert float infinity to integer");
        return new BigInteger(value);
    }

    private (string Sign, string Body, bool Number) Float(char kind, TemplateValue value, int precision, bool alternate)
    {
        if (!Floats.TryGet(value, out double number))
        {
            if (value is UndefinedValue undefined) throw undefined.Fault(run);
            throw Faults.Type($"must be real number, not {value.TypeName}");
        }

        double size = Math.Abs(number);
        string body = char.ToLowerInvariant(kind) switch
        {
            'e' => FloatText.Exponential(size, precision),
            'f' => FloatText.Fixed(size, precision),
            _ => FloatText.General(size, precision, alternate),
        };
        if (char.IsAsciiLetterUpper(kind)) body = body.ToUpperInvariant();
        return (double.IsNegative(number) && !double.IsNaN(number) ? "-" : "", body, true);
    }
}

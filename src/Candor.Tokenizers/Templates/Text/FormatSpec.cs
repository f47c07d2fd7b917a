using System.Globalization;
using System.Numerics;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's format specifications: <c>[[fill]align][sign][z][#][0][width][grouping][.precision][type]</c>.</summary>
internal sealed class FormatSpec
{
    private const int MaxNumber = 10_000_000;

    private string fill = " ";
    private char align;
    private char sign = '-';
    private bool alternate;
    private bool noNegativeZero;
    private int width;
    private char grouping;
    private int precision = -1;
    private char type;

    /// <summary>Python's <c>format(value, spec)</c>.</summary>
    public static string Format(RenderRun run, TemplateValue value, string spec)
    {
        if (spec.Length == 0) return value.ToText(run);
        switch (value)
        {
            case StringValue { IsMarkup: false } text:
                return Parse(spec).Text(run, text.Value);
            case IntegerValue or BooleanValue:
                Integers.TryGet(value, out BigInteger number);
                return Parse(spec).Integer(run, number);
            case FloatValue real:
                return Parse(spec).Float(run, real.Value, "float");
            case StringValue:
                throw Faults.Value("Unsupported format specification for Markup.");
            default:
                throw Faults.Type($"unsupported format string passed to {value.TypeName}.__format__");
        }
    }

    private static FormatSpec Parse(string spec)
    {
        var parsed = new FormatSpec();
        int at = 0;
        if (spec.Length > 0)
        {
            int first = PyText.Width(spec, 0);
            if (first < spec.Length && spec[first] is '<' or '>' or '=' or '^')
            {
                parsed.fill = spec[..first];
                parsed.align = spec[first];
                at = first + 1;
            }
            else if (spec[0] is '<' or '>' or '=' or '^')
            {
                parsed.align = spec[0];
                at = 1;
            }
        }

        if (at < spec.Length && spec[at] is '+' or '-' or ' ') parsed.sign = spec[at++];
        if (at < spec.Length && spec[at] == 'z')
        {
            parsed.noNegativeZero = true;
            at++;
        }

        if (at < spec.Length && spec[at] == '#')
        {
            parsed.alternate = true;
            at++;
        }

        if (at < spec.Length && spec[at] == '0')
        {
            if (parsed.align == 0)
            {
                parsed.fill = "0";
                parsed.align = '=';
                parsed.zeroPadded = true;
            }

            at++;
        }

        parsed.width = Number(spec, ref at) ?? 0;
        if (at < spec.Length && spec[at] is ',' or '_')
        {
            parsed.grouping = spec[at++];
            if (at < spec.Length && spec[at] is ',' or '_') throw Faults.Value("Cannot specify both ',' and '_'.");
        }

        if (at < spec.Length && spec[at] == '.')
        {
            at++;
            parsed.precision = Number(spec, ref at) ?? throw Faults.Value("Format specifier missing precision");
        }

        if (at < spec.Length) parsed.type = spec[at++];
        if (at < spec.Length) throw Faults.Value($"Invalid format specifier '{spec}'");
        return parsed;
    }

    private static int? Number(string spec, ref int at)
    {
        if (at >= spec.Length || !char.IsAsciiDigit(spec[at])) return null;
        long number = 0;
        for (; at < spec.Length && char.IsAsciiDigit(spec[at]); at++)
        {
            number = (number * 10) + (spec[at] - '0');
            if (number > MaxNumber) throw Faults.Budget("a width or precision of more than ten million");
        }

        return (int)number;
    }

    private bool zeroPadded;

    private string Text(RenderRun run, string text)
    {
        if (type is not ('\0' or 's')) throw UnknownCode("str");
        if (sign != '-') throw Faults.Value("Sign not allowed in string format specifier");
        if (alternate) throw Faults.Value("Alternate form (#) not allowed in string format specifier");
        if (align == '=' && !zeroPadded) throw Faults.Value("'=' alignment not allowed in string format specifier");
        if (grouping != 0) throw Faults.Value($"Cannot specify '{grouping}' with 's'.");
        if (precision >= 0 && PyText.CodePoints(text) > precision) text = text[..PyText.Offset(text, precision)];
        return Pad(run, "", text, align is '\0' or '=' ? '<' : align);
    }

    private string Integer(RenderRun run, BigInteger number)
    {
        if (type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%') return Float(run, Floats.FromBig(number), "int");
        if (precision >= 0) throw Faults.Value("Precision not allowed in integer format specifier");
        BigInteger size = BigInteger.Abs(number);
        (string prefix, string digits) = type switch
        {
            '\0' or 'd' or 'n' => ("", Integers.ToText(run, size)),
            'b' => ("0b", Radix(size, 1)),
            'o' => ("0o", Radix(size, 3)),
            'x' => ("0x", Radix(size, 4)),
            'X' => ("0X", Radix(size, 4).ToUpperInvariant()),
            'c' => ("", Character(number)),
            _ => throw UnknownCode("int"),
        };
        if (type == 'c') return Pad(run, "", digits, align == 0 ? '<' : align);
        int group = type is 'b' or 'o' or 'x' or 'X' ? 4 : 3;
        if (grouping == ',' && group == 4) throw Faults.Value($"Cannot specify ',' with '{type}'.");
        string lead = SignOf(number.Sign < 0) + (alternate ? prefix : "");
        return Number(run, lead, digits, "", group);
    }

    private string Float(RenderRun run, double value, string typeName)
    {
        if (precision > 0) run.Allocate(precision);
        bool percent = type == '%';
        if (percent) value *= 100;
        char kind = percent ? 'f' : char.ToLowerInvariant(type);
        double size = Math.Abs(value);
        string text = kind switch
        {
            'f' => FloatText.Fixed(size, precision < 0 ? 6 : precision),
            'e' => FloatText.Exponential(size, precision < 0 ? 6 : precision),
            'g' or 'n' => FloatText.General(size, precision < 0 ? 6 : precision, alternate),
            '\0' => precision < 0 ? FloatText.Repr(size) : FloatText.GeneralWithPoint(size, precision),
            _ => throw UnknownCode(typeName),
        };
        bool negative = double.IsNegative(value) && !double.IsNaN(value);
        if (noNegativeZero && negative && text.AsSpan().IndexOfAnyInRange('1', '9') < 0) negative = false;
        if (char.IsAsciiLetterUpper(type)) text = text.ToUpperInvariant();
        int split = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        (string digits, string rest) = split < 0 ? (text, "") : (text[..split], text[split..]);
        if (alternate && kind is 'f' or 'e' && !rest.Contains('.') && double.IsFinite(value)) rest = "." + rest;
        return Number(run, SignOf(negative), digits, rest + (percent ? "%" : ""), 3);
    }

    private string Number(RenderRun run, string lead, string digits, string rest, int group)
    {
        if (grouping != 0)
        {
            int room = zeroPadded ? width - lead.Length - rest.Length : 0;
            digits = Group(run, digits, group, room);
        }

        return Pad(run, lead, digits + rest, align == 0 ? '>' : align);
    }

    /// <summary>Sets separators between groups of digits; leading zeros fill the room that there is.</summary>
    private string Group(RenderRun run, string digits, int size, int room)
    {
        run.Allocate(Math.Max(room, digits.Length));
        if (digits.Length == 0) return digits;
        while (room > 0 && digits.Length + ((digits.Length - 1) / size) < room) digits = digits.PadLeft(NextLength(digits.Length, size, room), '0');
        var grouped = new StringBuilder();
        for (int i = 0; i < digits.Length; i++)
        {
            if (i > 0 && (digits.Length - i) % size == 0) grouped.Append(grouping);
            grouped.Append(digits[i]);
        }

        return grouped.ToString();
    }

    /// <summary>The smallest number of digits that fills the room with separators between them.</summary>
    private static int NextLength(int length, int size, int room)
    {
        int digits = Math.Max(length + 1, (int)((long)room * size / (size + 1)));
        while (digits > length + 1 && digits - 1 + ((digits - 2) / size) >= room) digits--;
        return digits;
    }

    private string Pad(RenderRun run, string lead, string body, char side)
    {
        int missing = width - PyText.CodePoints(lead) - PyText.CodePoints(body);
        if (missing <= 0) return lead + body;
        string left = side switch
        {
            '>' => Repetition.Text(run, fill, missing),
            '^' => Repetition.Text(run, fill, missing / 2),
            _ => "",
        };
        string right = side switch
        {
            '<' => Repetition.Text(run, fill, missing),
            '^' => Repetition.Text(run, fill, missing - (missing / 2)),
            _ => "",
        };
        string inner = side == '=' ? Repetition.Text(run, fill, missing) : "";
        return left + lead + inner + body + right;
    }

    private string SignOf(bool negative) => negative ? "-" : sign == '-' ? "" : sign.ToString();

    private TemplateException UnknownCode(string typeName) => Faults.Value($"Unknown format code '{type}' for object of type '{typeName}'");

    /// <summary>Digits of a number that is not negative, in base 2, 8 or 16.</summary>
    public static string Radix(BigInteger number, int bits)
    {
        if (number.IsZero) return "0";
        var digits = new StringBuilder();
        int mask = (1 << bits) - 1;
        if (bits == 4)
        {
            digits.Append(number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'));
        }
        else
        {
            string binary = number.ToString("b", CultureInfo.InvariantCulture).TrimStart('0');
            if (bits == 1) return binary;
            binary = binary.PadLeft((binary.Length + bits - 1) / bits * bits, '0');
            for (int i = 0; i < binary.Length; i += bits) digits.Append((char)('0' + (Convert.ToInt32(binary.Substring(i, bits), 2) & mask)));
        }

        return digits.ToString();
    }

    /// <summary>The character of a code point.</summary>
    public static string Character(BigInteger number)
    {
        if (number < 0 || number > 0x10ffff) throw Faults.Overflow("%c arg not in range(0x110000)");
        int code = (int)number;
        return code is >= 0xd800 and <= 0xdfff ? ((char)code).ToString() : char.ConvertFromUtf32(code);
    }
}

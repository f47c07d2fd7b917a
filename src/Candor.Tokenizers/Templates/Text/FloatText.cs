using System.Globalization;

namespace Candor.Tokenizers.Templates;

/// <summary>Decimal texts of doubles as Python writes them.</summary>
internal static class FloatText
{
    /// <summary>More digits after the point than any double has are zeros.</summary>
    private const int MostDigits = 1100;

    /// <summary>The shortest text that reads back as the same number.</summary>
    public static string Repr(double value)
    {
        if (Special(value) is { } special) return special;
        (bool negative, string digits, int exponent) = Shortest(value);
        string sign = negative ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{Exponent(exponent)}";
        }

        return sign + Positional(digits, exponent);
    }

    /// <summary>Digits after the point as many as asked for, ties to even.</summary>
    public static string Fixed(double value, int precision)
    {
        if (Special(value) is { } special) return special;
        int real = Math.Min(precision, MostDigits);
        return value.ToString("F" + real, CultureInfo.InvariantCulture) + new string('0', precision - real);
    }

    /// <summary>One digit before the point, as many as asked for after it, and the exponent.</summary>
    public static string Exponential(double value, int precision)
    {
        if (Special(value) is { } special) return special;
        int real = Math.Min(precision, MostDigits);
        string text = value.ToString("E" + real, CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string zeros = new('0', precision - real);
        string mantissa = text[..mark] + (zeros.Length > 0 && real == 0 ? "." : "") + zeros;
        return $"{mantissa}e{Exponent(exponent)}";
    }

    /// <summary>The general format: significant digits as many as asked for, without trailing zeros unless <paramref name="keepZeros"/>.</summary>
    public static string General(double value, int precision, bool keepZeros)
    {
        if (Special(value) is { } special) return special;
        if (precision == 0) precision = 1;
        string text = Exponential(value, precision - 1);
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent >= -4 && exponent < precision)
        {
            string plain = Fixed(value, precision - 1 - exponent);
            return keepZeros ? plain : Trim(plain);
        }

        return (keepZeros ? text[..mark] : Trim(text[..mark])) + text[mark..];
    }

    /// <summary>Python's <c>format(x)</c> with a precision and no letter: general, but never without a point.</summary>
    public static string GeneralWithPoint(double value, int precision)
    {
        if (Special(value) is { } special) return special;
        if (precision == 0) precision = 1;
        string text = Exponential(value, precision - 1);
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision - 1) return Trim(text[..mark]) + text[mark..];
        string plain = Trim(Fixed(value, precision - 1 - exponent));
        return plain.Contains('.') ? plain : plain + ".0";
    }

    private static string? Special(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        return null;
    }

    private static string Exponent(int exponent) =>
        (exponent < 0 ? "-" : "+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);

    private static string Trim(string text) => text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    /// <summary>Sign, shortest digits and the exponent of the first digit.</summary>
    private static (bool Negative, string Digits, int Exponent) Shortest(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        bool negative = text[0] == '-';
        ReadOnlySpan<char> rest = text.AsSpan(negative ? 1 : 0);
        int mark = rest.IndexOf('E');
        int exponent = mark < 0 ? 0 : int.Parse(rest[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        ReadOnlySpan<char> mantissa = mark < 0 ? rest : rest[..mark];
        int point = mantissa.IndexOf('.');
        int whole = point < 0 ? mantissa.Length : point;
        string digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        string trimmed = digits.TrimStart('0');
        if (trimmed.Length == 0) return (negative, "0", 0);
        exponent += whole - 1 - (digits.Length - trimmed.Length);
        trimmed = trimmed.TrimEnd('0');
        return (negative, trimmed, exponent);
    }

    private static string Positional(string digits, int exponent)
    {
        if (exponent < 0) return "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length > exponent + 1) return $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
        return digits.PadRight(exponent + 1, '0') + ".0";
    }
}

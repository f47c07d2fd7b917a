using System.Globalization;
using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Floating-point numbers: conversions as Python makes them.</summary>
internal static class Floats
{
    /// <summary>A number as a double; fails where a whole number is too large for one.</summary>
    public static bool TryGet(TemplateValue value, out double number)
    {
        switch (value)
        {
            case FloatValue real:
                number = real.Value;
                return true;
            case IntegerValue { IsBig: false } integer:
                number = integer.Small;
                return true;
            case IntegerValue integer:
                number = FromBig(integer.Big);
                return true;
            case BooleanValue truth:
                number = truth.Value ? 1 : 0;
                return true;
            default:
                number = 0;
                return false;
        }
    }

    /// <summary>The nearest double, ties to even.</summary>
    public static double FromBig(BigInteger number)
    {
        double result = Divide(number, BigInteger.One);
        if (double.IsInfinity(result)) throw Faults.Overflow("int too large to convert to float");
        return result;
    }

    /// <summary>The double nearest to a quotient of whole numbers, ties to even; infinite where too large.</summary>
    public static double Divide(BigInteger numerator, BigInteger denominator)
    {
        bool negative = numerator.Sign * denominator.Sign < 0;
        BigInteger a = BigInteger.Abs(numerator);
        BigInteger b = BigInteger.Abs(denominator);
        if (a.IsZero) return 0;

        // A quotient of 55 bits or more with a sticky last bit rounds to 53 bits as the exact one does.
        long shift = Math.Min(66 - a.GetBitLength() + b.GetBitLength(), 1075 + 12);
        BigInteger quotient;
        BigInteger remainder;
        if (shift >= 0) quotient = BigInteger.DivRem(a << (int)shift, b, out remainder);
        else quotient = BigInteger.DivRem(a, b << (int)-shift, out remainder);
        double result = Round(quotient, !remainder.IsZero, -shift);
        return negative ? -result : result;
    }

    private static double Round(BigInteger mantissa, bool sticky, long exponent)
    {
        long bits = mantissa.GetBitLength();
        long drop = Math.Max(bits - 53, -1074 - exponent);
        if (drop > 0)
        {
            BigInteger half = BigInteger.One << (int)(drop - 1);
            BigInteger low = mantissa & ((BigInteger.One << (int)drop) - 1);
            mantissa >>= (int)drop;
            exponent += drop;
            int order = low.CompareTo(half);
            if (order > 0 || (order == 0 && (sticky || !mantissa.IsEven))) mantissa += 1;
        }

        if (mantissa.IsZero) return 0;
        if (mantissa.GetBitLength() + exponent > 1024) return double.PositiveInfinity;
        return Math.ScaleB((double)(ulong)mantissa, (int)exponent);
    }

    /// <summary>Python's <c>float(text)</c>; null where that raises ValueError.</summary>
    public static double? Parse(string text)
    {
        string plain = Integers.Digits(PyText.Strip(text, null, true, true));
        if (plain.Length == 0) return null;
        string bare = plain.TrimStart('+', '-');
        if (plain.Length - bare.Length > 1) return null;
        double sign = plain[0] == '-' ? -1 : 1;
        switch (bare.ToLowerInvariant())
        {
            case "inf" or "infinity": return sign * double.PositiveInfinity;
            case "nan": return double.NaN;
        }

        if (!IsNumber(bare)) return null;
        return sign * double.Parse(bare.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>Digits with single underscores between them, a point, an exponent.</summary>
    private static bool IsNumber(string text)
    {
        bool digits = false;
        bool exponent = false;
        bool point = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsAsciiDigit(c))
            {
                digits = true;
            }
            else if (c == '_')
            {
                if (i == 0 || i + 1 == text.Length || !char.IsAsciiDigit(text[i - 1]) || !char.IsAsciiDigit(text[i + 1])) return false;
            }
            else if (c == '.' && !point && !exponent)
            {
                point = true;
            }
            else if (c is 'e' or 'E' && digits && !exponent)
            {
                exponent = true;
                digits = false;
                if (i + 1 < text.Length && text[i + 1] is '+' or '-') i++;
            }
            else
            {
                return false;
            }
        }

        return digits;
    }
}

using System.Globalization;
using System.Numerics;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Whole numbers: conversions and the limits of size.</summary>
internal static class Integers
{
    /// <summary>Python refuses to print or read whole numbers of more decimal digits.</summary>
    public const int MaxDigits = 4300;

    /// <summary>The largest number of bits that arithmetic makes.</summary>
    public const long MaxBits = 1 << 16;

    /// <summary>Counts the work of multiplying or dividing two numbers, which grows with both of their lengths.</summary>
    public static void Charge(RenderRun run, BigInteger a, BigInteger b) =>
        run.Work(((long)a.GetBitLength() / 32 + 1) * ((long)b.GetBitLength() / 32 + 1));

    /// <summary>Counts the work of making a number of so many bits by multiplying.</summary>
    public static void Charge(RenderRun run, long bits) => run.Work((bits / 32 + 1) * (bits / 32 + 1));

    /// <summary>Whether a value is a whole number (truth values are).</summary>
    public static bool TryGet(TemplateValue value, out BigInteger number)
    {
        switch (value)
        {
            case IntegerValue integer:
                number = integer.Big;
                return true;
            case BooleanValue truth:
                number = truth.Value ? 1 : 0;
                return true;
            default:
                number = default;
                return false;
        }
    }

    /// <summary>Whether a value is a whole number; one out of range becomes the nearest in it.</summary>
    public static bool TryIndex(TemplateValue value, out long number)
    {
        switch (value)
        {
            case IntegerValue { IsBig: false } integer:
                number = integer.Small;
                return true;
            case IntegerValue integer:
                number = integer.Big.Sign < 0 ? long.MinValue / 4 : long.MaxValue / 4;
                return true;
            case BooleanValue truth:
                number = truth.Value ? 1 : 0;
                return true;
            default:
                number = 0;
                return false;
        }
    }

    /// <summary>A whole number that an argument must be.</summary>
    public static long Index(TemplateValue value) => TryIndex(value, out long number) ? number : throw Faults.NotIndex(value);

    /// <summary>A whole number that an argument must be, and small enough for 32 bits.</summary>
    public static int Small(TemplateValue value) => (int)Math.Clamp(Index(value), int.MinValue, int.MaxValue);

    public static IntegerValue Checked(BigInteger number)
    {
        if (number.GetBitLength() > MaxBits) throw TooLarge();
        return IntegerValue.Of(number);
    }

    public static TemplateException TooLarge() => Faults.Budget($"a whole number of more than {MaxBits} bits");

    public static string ToText(RenderRun run, IntegerValue value)
    {
        if (!value.IsBig) return value.Small.ToString(CultureInfo.InvariantCulture);
        return ToText(run, value.Big);
    }

    public static string ToText(RenderRun run, BigInteger number)
    {
        Charge(run, (long)number.GetBitLength());

        // 4300 digits need 14284 bits.
        if (number.GetBitLength() > 14_290) throw TooManyDigits();
        string text = number.ToString(CultureInfo.InvariantCulture);
        if (text.Length - (text[0] == '-' ? 1 : 0) > MaxDigits) throw TooManyDigits();
        return text;
    }

    /// <summary>Python's <c>int(text, base)</c>; null where that raises ValueError.</summary>
    public static IntegerValue? Parse(string text, int radix)
    {
        if (radix is not 0 and (< 2 or > 36)) throw Faults.Value("int() base must be >= 2 and <= 36, or 0");
        ReadOnlySpan<char> rest = Digits(PyText.Strip(text, null, true, true));
        bool negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        bool prefixed = false;
        if (rest.Length > 1 && rest[0] == '0' && char.ToLowerInvariant(rest[1]) is var mark && (radix is 0 or 2 or 8 or 16))
        {
            int marked = mark switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
            if (marked != 0 && (radix == 0 || radix == marked))
            {
                radix = marked;
                rest = rest[2..];
                prefixed = true;
            }
        }

        if (radix == 0)
        {
            radix = 10;
            if (rest.Length > 1 && rest[0] == '0' && rest.IndexOfAnyExcept("0_") >= 0) return null;
        }

        if (prefixed && rest.StartsWith("_")) rest = rest[1..];
        return Value(rest, radix, negative);
    }

    private static IntegerValue? Value(ReadOnlySpan<char> digits, int radix, bool negative)
    {
        if (digits.IsEmpty || digits[0] == '_' || digits[^1] == '_') return null;
        bool powerOfTwo = (radix & (radix - 1)) == 0;
        int count = digits.Length - digits.Count('_');
        if (!powerOfTwo && count > MaxDigits) throw TooManyDigits();
        if (powerOfTwo && count > MaxBits) throw TooLarge();
        BigInteger total = 0;
        long chunk = 0;
        long scale = 1;
        char before = '0';
        foreach (char c in digits)
        {
            if (c == '_')
            {
                if (before == '_') return null;
                before = c;
                continue;
            }

            before = c;
            int digit = DigitOf(c);
            if (digit < 0 || digit >= radix) return null;
            chunk = (chunk * radix) + digit;
            scale *= radix;
            if (scale < 1L << 56) continue;
            total = (total * scale) + chunk;
            chunk = 0;
            scale = 1;
        }

        total = (total * scale) + chunk;
        return Checked(negative ? -total : total);
    }

    private static int DigitOf(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'z' => c - 'a' + 10,
        >= 'A' and <= 'Z' => c - 'A' + 10,
        _ => -1,
    };

    /// <summary>Decimal digits of all scripts as ASCII ones.</summary>
    public static string Digits(string text)
    {
        if (System.Text.Ascii.IsValid(text)) return text;
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int digit = rune.IsAscii ? -1 : CharUnicodeInfo.GetDecimalDigitValue(rune.ToString(), 0);
            if (digit >= 0) plain.Append((char)('0' + digit));
            else plain.Append(rune);
        }

        return plain.ToString();
    }

    private static TemplateException TooManyDigits() =>
        Faults.Value($"Exceeds the limit ({MaxDigits} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit");
}

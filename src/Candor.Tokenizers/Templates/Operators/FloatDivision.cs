namespace Candor.Tokenizers.Templates;

/// <summary>Division of doubles that rounds down, as Python's <c>divmod</c>.</summary>
internal static class FloatDivision
{
    public static (double Quotient, double Remainder) Floor(double a, double b)
    {
        double remainder = a % b;
        double quotient = (a - remainder) / b;
        if (remainder != 0)
        {
            if (b < 0 != remainder < 0)
            {
                remainder += b;
                quotient -= 1;
            }
        }
        else
        {
            remainder = Math.CopySign(0, b);
        }

        if (quotient == 0) return (Math.CopySign(0, a / b), remainder);
        double floor = Math.Floor(quotient);
        if (quotient - floor > 0.5) floor += 1;
        return (floor, remainder);
    }
}

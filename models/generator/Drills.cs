using System.Text;

namespace Candor.Generator;

/// <summary>Rows of sums and of small extractions: many of them, of a wider range than is asked for, so that the way is learnt and not the results.</summary>
internal static class Drills
{
    private static readonly string[] Names =
    [
        "Tom", "Anna", "Ben", "Lily", "Max", "Rosa", "Sam", "Mia", "Leo", "Ida", "Paul", "Nora", "Emil", "Clara", "Jonas", "Vera", "Felix", "Greta", "Hugo", "Ella", "Oscar", "Lena", "Peter", "Ruth",
        "Simon", "Tilda", "Victor", "Olga", "Adam", "Berta", "Carl", "Dora",
    ];

    /// <summary>Rows without what is held back.</summary>
    /// <param name="dice">The dice.</param>
    /// <param name="isHeld">What is held back.</param>
    /// <param name="asked">Whether rows are questions with their answers.</param>
    public static string Draw(Dice dice, Func<Exchange, bool> isHeld, bool asked)
    {
        var text = new StringBuilder();
        bool people = dice.Chance(25);
        for (int n = people ? 3 : asked ? 6 : 12; n > 0; n--)
        {
            Exchange e = people ? Person(dice, asked) : Sum(dice, asked);
            if (isHeld(e)) continue;
            text.Append(text.Length > 0 ? "\n" : "").Append(people || asked ? $"{e.Question} {e.Answer}" : e.Answer);
        }

        return text.Length > 0 ? text.ToString() : Stories.Draw(dice);
    }

    /// <summary>A question about numbers of a wide range.</summary>
    public static Exchange Asked(Dice dice, Func<Exchange, bool> isHeld)
    {
        Exchange e;
        do e = dice.Chance(35) ? Person(dice, true) : Sum(dice, true);
        while (isHeld(e));
        return e;
    }

    private static Exchange Person(Dice dice, bool wide) => Questions.Json(dice, Names, wide ? 1000 : 80);

    private static Exchange Sum(Dice dice, bool asked)
    {
        (string sign, int a, int b) = dice.Below(8) switch
        {
            0 => ("+", dice.Below(10), dice.Below(10)),
            1 => ("+", dice.Below(30), dice.Below(30)),
            2 => ("+", dice.Below(100), dice.Below(10)),
            3 => ("+", dice.Below(100), dice.Below(100)),
            4 => ("-", dice.Below(30), dice.Below(30)),
            5 => ("-", dice.Below(100), dice.Below(100)),
            _ => ("x", dice.Below(13), dice.Below(13)),
        };
        if (sign == "-" && a < b) (a, b) = (b, a);
        int result = sign switch { "+" => a + b, "-" => a - b, _ => a * b };
        string sum = $"{a} {sign} {b}";
        return asked ? Questions.Sum(dice, a, b, sign, result) : new Exchange("sums", sum, $"{sum} = {result}", $"= {result}", sum);
    }
}

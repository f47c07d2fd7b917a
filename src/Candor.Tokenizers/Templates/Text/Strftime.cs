using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>C's <c>strftime</c> in the C locale, with the flags of glibc.</summary>
internal static class Strftime
{
    private static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] Months =
    [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ];

    public static string Format(RenderRun run, DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int begin = i++;
            char flag = '\0';
            bool upper = false;
            bool swap = false;
            for (; i < format.Length && format[i] is '-' or '_' or '0' or '^' or '#'; i++)
            {
                if (format[i] == '^') upper = true;
                else if (format[i] == '#') swap = true;
                else flag = format[i];
            }

            int width = 0;
            for (; i < format.Length && char.IsAsciiDigit(format[i]) && width < 10_000; i++) width = (width * 10) + (format[i] - '0');
            while (i < format.Length && format[i] is 'E' or 'O') i++;
            string? field = i < format.Length ? Field(time, format[i], flag, width) : null;
            if (field is null)
            {
                text.Append(format, begin, Math.Min(i + 1, format.Length) - begin);
                continue;
            }

            if (upper) field = field.ToUpperInvariant();
            if (swap) field = format[i] is 'p' or 'Z' ? field.ToLowerInvariant() : field.ToUpperInvariant();
            run.Work(1024);
            run.Allocate(Math.Max(width, field.Length));
            text.Append(field.PadLeft(width, flag == '0' ? '0' : ' '));
        }

        run.Allocate(text.Length);
        return text.ToString();
    }

    private static string? Field(DateTimeOffset time, char kind, char flag, int width)
    {
        string Number(int value, int digits, char pad = '0')
        {
            if (flag == '-') return value.ToString(CultureInfo.InvariantCulture);
            if (flag == '_') pad = ' ';
            if (flag == '0') pad = '0';
            return value.ToString(CultureInfo.InvariantCulture).PadLeft(Math.Max(digits, width), pad);
        }

        string Several(string formats) => string.Concat(formats.Select(c => char.IsAsciiLetter(c) ? Field(time, c, '\0', 0) : c.ToString()));
        int hour12 = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        int weekday = (int)time.DayOfWeek;
        return kind switch
        {
            'a' => Days[weekday][..3],
            'A' => Days[weekday],
            'b' or 'h' => Months[time.Month - 1][..3],
            'B' => Months[time.Month - 1],
            'c' => $"{Days[weekday][..3]} {Months[time.Month - 1][..3]} {time.Day,2} {Several("H:M:S")} {time.Year.ToString(CultureInfo.InvariantCulture)}",
            'C' => Number(time.Year / 100, 2),
            'd' => Number(time.Day, 2),
            'D' or 'x' => Several("m/d/y"),
            'e' => Number(time.Day, 2, ' '),
            'f' => ((time.Ticks / 10) % 1_000_000).ToString("000000", CultureInfo.InvariantCulture),
            'F' => $"{Number(time.Year, 1)}-{Several("m-d")}",
            'g' => Number(ISOWeek.GetYear(time.DateTime) % 100, 2),
            'G' => Number(ISOWeek.GetYear(time.DateTime), 1),
            'H' => Number(time.Hour, 2),
            'I' => Number(hour12, 2),
            'j' => Number(time.DayOfYear, 3),
            'k' => Number(time.Hour, 2, ' '),
            'l' => Number(hour12, 2, ' '),
            'm' => Number(time.Month, 2),
            'M' => Number(time.Minute, 2),
            'n' => "\n",
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'r' => Several("I:M:S p"),
            'R' => Several("H:M"),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Number(time.Second, 2),
            't' => "\t",
            'T' or 'X' => Several("H:M:S"),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((time.DayOfYear + 6 - weekday) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(time.DateTime), 2),
            'w' => Number(weekday, 1),
            'W' => Number((time.DayOfYear + 6 - ((weekday + 6) % 7)) / 7, 2),
            'y' => Number(time.Year % 100, 2),
            'Y' => Number(time.Year, 1),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }
}

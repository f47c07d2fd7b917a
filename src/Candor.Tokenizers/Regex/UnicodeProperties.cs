using System.Globalization;
using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.Regex;

/// <summary>Sets of code points by the names that patterns use: general categories, scripts, a few binary properties.</summary>
internal static class UnicodeProperties
{
    private static readonly Lazy<CodePointSet[]> Categories = new(ReadCategories);

    // Short names of the general categories, in the order of the framework's enumeration.
    private static readonly string[] ShortNames =
        ["lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "zs", "zl", "zp", "cc", "cf", "cs", "co", "pc", "pd", "ps", "pe",
         "pi", "pf", "po", "sm", "sc", "sk", "so", "cn"];

    private static readonly Dictionary<string, string> LongNames = new()
    {
        ["letter"] = "l", ["casedletter"] = "lc", ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt",
        ["modifierletter"] = "lm", ["otherletter"] = "lo", ["mark"] = "m", ["combiningmark"] = "m", ["nonspacingmark"] = "mn",
        ["spacingmark"] = "mc", ["enclosingmark"] = "me", ["number"] = "n", ["decimalnumber"] = "nd", ["letternumber"] = "nl",
        ["othernumber"] = "no", ["separator"] = "z", ["spaceseparator"] = "zs", ["lineseparator"] = "zl", ["paragraphseparator"] = "zp",
        ["other"] = "c", ["control"] = "cc", ["format"] = "cf", ["surrogate"] = "cs", ["privateuse"] = "co", ["unassigned"] = "cn",
        ["punctuation"] = "p", ["punct"] = "p", ["connectorpunctuation"] = "pc", ["dashpunctuation"] = "pd", ["openpunctuation"] = "ps",
        ["closepunctuation"] = "pe", ["initialpunctuation"] = "pi", ["finalpunctuation"] = "pf", ["otherpunctuation"] = "po",
        ["symbol"] = "s", ["mathsymbol"] = "sm", ["currencysymbol"] = "sc", ["modifiersymbol"] = "sk", ["othersymbol"] = "so",
        ["cntrl"] = "cc", ["digit"] = "nd",
    };

    /// <summary>White space: Unicode's White_Space property.</summary>
    public static CodePointSet WhiteSpace { get; } = CodePointSet.FromRanges(
        [(9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    /// <summary>Decimal digits (Nd).</summary>
    public static CodePointSet Digit => Category(UnicodeCategory.DecimalDigitNumber);

    /// <summary>Alphabetic: letters, letter numbers, and the marks and circled letters that Unicode lists as such.</summary>
    public static CodePointSet Alphabetic { get; } = Find("l")!.Union(Find("nl")!).Union(UnicodeTables.OtherAlphabetic);

    /// <summary>Characters of words: alphabetic, marks, decimal digits and connecting punctuation.</summary>
    public static CodePointSet Word { get; } = Alphabetic.Union(Find("m")!).Union(Digit).Union(Find("pc")!);

    /// <summary><see cref="Word"/> and the two joiners, as Unicode's recommendation for patterns has it.</summary>
    public static CodePointSet WordWithJoiners { get; } = Word.Union(CodePointSet.Range(0x200C, 0x200D));

    /// <summary>All code points of a general category.</summary>
    public static CodePointSet Category(UnicodeCategory category) => Categories.Value[(int)category];

    /// <summary>The set of a property's name (case, spaces, hyphens and underscores do not count), or null.</summary>
    public static CodePointSet? Find(string name)
    {
        string key = Normalize(name);
        int equals = key.IndexOf('=');
        if (equals >= 0)
        {
            string property = key[..equals], value = key[(equals + 1)..];
            return property switch
            {
                "script" or "sc" or "scriptextensions" or "scx" => UnicodeTables.Script(value),
                "generalcategory" or "gc" => CategoryByName(value),
                _ => null,
            };
        }

        return key switch
        {
            "any" => CodePointSet.All,
            "assigned" => Category(UnicodeCategory.OtherNotAssigned).Complement(),
            "ascii" => CodePointSet.Range(0, 127),
            "alphabetic" or "alpha" => Alphabetic,
            "whitespace" or "space" or "wspace" => WhiteSpace,
            "word" => Word,
            "alnum" => Alphabetic.Union(Digit),
            "blank" => CategoryByName("zs")!.Union(CodePointSet.Of(9)),
            "xdigit" => CodePointSet.FromRanges([('0', '9'), ('A', 'F'), ('a', 'f')]),
            "uppercase" or "upper" => CategoryByName("lu")!.Union(UnicodeTables.OtherUppercase),
            "lowercase" or "lower" => CategoryByName("ll")!.Union(UnicodeTables.OtherLowercase),
            "graph" => WhiteSpace.Union(CategoryByName("cc")!).Union(CategoryByName("cn")!).Union(CategoryByName("cs")!).Complement(),
            "print" => WhiteSpace.Union(CategoryByName("cc")!).Union(CategoryByName("cn")!).Union(CategoryByName("cs")!).Complement().Union(CategoryByName("zs")!),
            _ => CategoryByName(key) ?? UnicodeTables.Script(key),
        };
    }

    private static CodePointSet? CategoryByName(string key)
    {
        key = LongNames.GetValueOrDefault(key, key);
        if (key is "lc" or "l&") return CategoryByName("lu")!.Union(CategoryByName("ll")!).Union(CategoryByName("lt")!);
        CodePointSet? found = null;
        for (int i = 0; i < ShortNames.Length; i++)
            if (ShortNames[i] == key || (key.Length == 1 && ShortNames[i][0] == key[0])) found = found is null ? Categories.Value[i] : found.Union(Categories.Value[i]);
        return found;
    }

    private static string Normalize(string name)
    {
        var key = new char[name.Length];
        int length = 0;
        foreach (char c in name)
            if (c is not (' ' or '_' or '-')) key[length++] = char.ToLowerInvariant(c);
        return new string(key, 0, length);
    }

    private static CodePointSet[] ReadCategories()
    {
        var ranges = new List<(int, int)>[ShortNames.Length];
        for (int i = 0; i < ranges.Length; i++) ranges[i] = [];
        void Add(int first, int last) => ranges[(int)CharUnicodeInfo.GetUnicodeCategory(first)].Add((first, last));

        // Planes 4 to 13 are unassigned and 15 and 16 are private but for their last two code points: no need to look at each.
        int start = 0;
        UnicodeCategory current = CharUnicodeInfo.GetUnicodeCategory(0);
        int c = 1;
        for (; c <= 0x3FFFF; c++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(c);
            if (category == current) continue;
            Add(start, c - 1);
            (start, current) = (c, category);
        }

        Add(start, 0x3FFFF);
        Add(0x40000, 0xDFFFF);
        for (c = 0xE0000; c <= 0xE0FFF; c++) Add(c, c);
        Add(0xE1000, 0xEFFFF);
        foreach (int plane in (int[])[0xF0000, 0x100000])
        {
            Add(plane, plane + 0xFFFD);
            Add(plane + 0xFFFE, plane + 0xFFFF);
        }

        return [.. ranges.Select(CodePointSet.FromRanges)];
    }
}

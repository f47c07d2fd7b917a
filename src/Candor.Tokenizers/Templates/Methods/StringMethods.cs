namespace Candor.Tokenizers.Templates;

/// <summary>Methods of texts. On <c>Markup</c> they give <c>Markup</c> and escape what is put in.</summary>
internal static class StringMethods
{
    private static readonly Signature None = new("str method", "/");

    private static readonly MethodTable<StringValue> Methods = new(Merge(
        new Dictionary<string, Method<StringValue>>
        {
            ["upper"] = Plain(CaseMapping.Upper),
            ["lower"] = Plain(CaseMapping.Lower),
            ["title"] = Plain(CaseMapping.Title),
            ["capitalize"] = Plain(CaseMapping.Capitalize),
            ["swapcase"] = Plain(CaseMapping.SwapCase),
            ["casefold"] = Plain(CaseMapping.Fold),
            ["isalnum"] = Predicate(s => StringPredicates.All(s, CharClass.IsAlnum)),
            ["isalpha"] = Predicate(s => StringPredicates.All(s, CharClass.IsAlpha)),
            ["isascii"] = Predicate(s => System.Text.Ascii.IsValid(s)),
            ["isdecimal"] = Predicate(s => StringPredicates.All(s, CharClass.IsDecimal)),
            ["isdigit"] = Predicate(s => StringPredicates.All(s, CharClass.IsDigit)),
            ["isidentifier"] = Predicate(CharClass.IsIdentifier),
            ["islower"] = Predicate(StringPredicates.IsLower),
            ["isnumeric"] = Predicate(s => StringPredicates.All(s, CharClass.IsNumeric)),
            ["isprintable"] = Predicate(StringPredicates.IsPrintable),
            ["isspace"] = Predicate(s => s.Length > 0 && s.All(CharClass.IsSpace)),
            ["istitle"] = Predicate(CaseMapping.IsTitle),
            ["isupper"] = Predicate(StringPredicates.IsUpper),
        },
        StringSearchMethods.All,
        StringPartMethods.All,
        StringLayoutMethods.All));

    public static IEnumerable<string> Names => Methods.Names;

    public static TemplateValue? Bind(StringValue text, string name) => Methods.Bind(text, name);

    /// <summary>A text that a method gave: markup where its owner is.</summary>
    public static StringValue Like(RenderRun run, StringValue owner, string text) => run.Text(text, owner.IsMarkup);

    /// <summary>Texts that a method gave, as a list.</summary>
    public static ListValue ListLike(RenderRun run, StringValue owner, List<string> texts) =>
        run.List([.. texts.Select(text => (TemplateValue)Like(run, owner, text))]);

    /// <summary>A text argument; <paramref name="what"/> begins the message.</summary>
    public static string Text(TemplateValue? value, string what) =>
        value is StringValue text ? text.Value : throw Faults.Type($"{what} must be str, not {value!.TypeName}");

    private static Method<StringValue> Plain(Func<string, string> map) => (run, s, a) =>
    {
        None.Bind(a);
        run.Allocate(s.Value.Length);
        return Like(run, s, map(s.Value));
    };

    private static Method<StringValue> Predicate(Func<string, bool> holds) => (run, s, a) =>
    {
        None.Bind(a);
        run.Work(4L * s.Value.Length);
        return BooleanValue.Of(holds(s.Value));
    };

    private static Dictionary<string, Method<StringValue>> Merge(params Dictionary<string, Method<StringValue>>[] tables) =>
        tables.SelectMany(table => table).ToDictionary(pair => pair.Key, pair => pair.Value);
}

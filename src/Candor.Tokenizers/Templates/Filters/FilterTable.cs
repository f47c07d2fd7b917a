using System.Collections.Frozen;

namespace Candor.Tokenizers.Templates;

/// <summary>Jinja's filters by name, with <c>tojson</c> as transformers has it.</summary>
internal static class FilterTable
{
    private static readonly Lazy<FrozenDictionary<string, Builtin>> Filters = new(() => new[]
    {
        TextFilters.All, NumberFilters.All, SequenceFilters.All, SelectionFilters.All, OrderFilters.All, MarkupFilters.All, ObjectFilters.All,
    }.SelectMany(table => table).ToFrozenDictionary());

    public static IEnumerable<string> Names => Filters.Value.Keys;

    public static Builtin? Find(string name) => Filters.Value.GetValueOrDefault(name);

    /// <summary>A filter with fixed parameters.</summary>
    public static Builtin Define(string function, string[] parameters, Func<RenderRun, TemplateValue?[], TemplateValue> body)
    {
        var signature = new Signature(function, parameters);
        return (run, arguments) => body(run, signature.Bind(arguments));
    }

    /// <summary>A filter of one value and nothing else.</summary>
    public static Builtin Define(string function, Func<RenderRun, TemplateValue, TemplateValue> body)
    {
        var signature = new Signature(function, "value");
        return (run, arguments) => body(run, signature.Bind(arguments)[0]!);
    }

    /// <summary>A filter of one text; other values become texts first.</summary>
    public static Builtin DefineText(string function, Func<RenderRun, StringValue, TemplateValue> body) =>
        Define(function, (run, value) => body(run, Soft(run, value)));

    /// <summary>A value as a text; markup stays markup.</summary>
    public static StringValue Soft(RenderRun run, TemplateValue value) => value as StringValue ?? run.Text(value.ToText(run));
}

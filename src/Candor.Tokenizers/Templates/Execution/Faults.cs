namespace Candor.Tokenizers.Templates;

/// <summary>Exceptions by the names that Python and Jinja give them.</summary>
internal static class Faults
{
    public static TemplateException Syntax(string reason, int line) => new(TemplateErrorKind.Syntax, "TemplateSyntaxError", reason, line);

    public static TemplateException Assertion(string reason, int line) => new(TemplateErrorKind.Syntax, "TemplateAssertionError", reason, line);

    /// <summary>What Python's own compiler refuses in the code that Jinja makes.</summary>
    public static TemplateException PythonSyntax(string reason, int line) => new(TemplateErrorKind.Syntax, "SyntaxError", reason, line);

    public static TemplateException Undefined(string reason) => new(TemplateErrorKind.Undefined, "UndefinedError", reason);

    public static TemplateException Security(string reason) => new(TemplateErrorKind.Security, "SecurityError", reason);

    public static TemplateException Raised(string reason) => new(TemplateErrorKind.Raised, "TemplateError", reason);

    public static TemplateException Runtime(string reason) => new(TemplateErrorKind.Runtime, "TemplateRuntimeError", reason);

    public static TemplateException FilterArgument(string reason) => new(TemplateErrorKind.Runtime, "FilterArgumentError", reason);

    public static TemplateException Assert(string reason) => new(TemplateErrorKind.Value, "AssertionError", reason);

    public static TemplateException Type(string reason) => new(TemplateErrorKind.Type, "TypeError", reason);

    public static TemplateException Attribute(string reason) => new(TemplateErrorKind.Type, "AttributeError", reason);

    public static TemplateException Value(string reason) => new(TemplateErrorKind.Value, "ValueError", reason);

    public static TemplateException Key(string reason) => new(TemplateErrorKind.Lookup, "KeyError", reason);

    public static TemplateException Index(string reason) => new(TemplateErrorKind.Lookup, "IndexError", reason);

    public static TemplateException ZeroDivision(string reason) => new(TemplateErrorKind.Arithmetic, "ZeroDivisionError", reason);

    public static TemplateException Overflow(string reason) => new(TemplateErrorKind.Arithmetic, "OverflowError", reason);

    public static TemplateException RangeTooBig() => new(
        TemplateErrorKind.Budget,
        "OverflowError",
        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");

    public static TemplateException TooDeep(int line = 0) => new(TemplateErrorKind.Budget, "RecursionError", "nested too deeply", line);

    public static TemplateException Budget(string reason) => new(TemplateErrorKind.Budget, "MemoryError", reason);

    public static TemplateException Arguments(string reason) => new(TemplateErrorKind.Arguments, "ValueError", reason);

    public static TemplateException NotIterable(TemplateValue value) => Type($"'{value.TypeName}' object is not iterable");

    public static TemplateException NotIndex(TemplateValue value) => Type($"'{value.TypeName}' object cannot be interpreted as an integer");
}

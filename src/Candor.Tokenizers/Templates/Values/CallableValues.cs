namespace Candor.Tokenizers.Templates;

/// <summary>The arguments of a call.</summary>
internal sealed class CallArguments(TemplateValue[] positional, List<KeyValuePair<string, TemplateValue>>? named = null)
{
    public static readonly CallArguments None = new([]);

    public TemplateValue[] Positional => positional;

    public List<KeyValuePair<string, TemplateValue>>? Named => named;

    public bool HasNamed => named is { Count: > 0 };

    /// <summary>The same without the first positional argument.</summary>
    public CallArguments Rest(int skip = 1) => new(positional[skip..], named);
}

/// <summary>A function built in.</summary>
internal delegate TemplateValue Builtin(RenderRun run, CallArguments arguments);

/// <summary>A value that can be called.</summary>
internal abstract class CallableValue : TemplateValue
{
    public abstract TemplateValue Call(RenderRun run, CallArguments arguments);
}

/// <summary>A global function, or a method with its owner.</summary>
internal sealed class FunctionValue(string name, Builtin body, bool isMethod = false) : CallableValue
{
    internal override string TypeName => isMethod ? "builtin_function_or_method" : "function";

    public override TemplateValue Call(RenderRun run, CallArguments arguments) => body(run, arguments);

    internal override void Repr(ReprWriter writer) => writer.Append(isMethod ? $"<built-in method {name}>" : $"<function {name}>");
}

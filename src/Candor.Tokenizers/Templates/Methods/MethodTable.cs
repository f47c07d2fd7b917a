using System.Collections.Frozen;

namespace Candor.Tokenizers.Templates;

/// <summary>A method of a type: it gets its owner and the arguments.</summary>
internal delegate TemplateValue Method<T>(RenderRun run, T self, CallArguments arguments);

/// <summary>The methods of a type by name.</summary>
internal sealed class MethodTable<T>(Dictionary<string, Method<T>> methods)
{
    private readonly FrozenDictionary<string, Method<T>> methods = methods.ToFrozenDictionary();

    public IEnumerable<string> Names => methods.Keys;

    public bool Contains(string name) => methods.ContainsKey(name);

    /// <summary>The method with its owner, or null.</summary>
    public FunctionValue? Bind(T self, string name) =>
        methods.TryGetValue(name, out Method<T>? method) ? new FunctionValue(name, (run, arguments) => method(run, self, arguments), true) : null;
}

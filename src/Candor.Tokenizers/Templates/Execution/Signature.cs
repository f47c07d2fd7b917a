namespace Candor.Tokenizers.Templates;

/// <summary>The parameters of a built-in function, to sort arguments by.</summary>
internal sealed class Signature
{
    private readonly string function;
    private readonly string[] names;
    private readonly int required;
    private readonly bool positionalOnly;

    /// <summary>A parameter whose name ends with "=" may be left out; a first one "/" means that none may be named.</summary>
    public Signature(string function, params string[] parameters)
    {
        this.function = function;
        positionalOnly = parameters is ["/", ..];
        if (positionalOnly) parameters = parameters[1..];
        required = parameters.Count(p => !p.EndsWith('='));
        names = [.. parameters.Select(p => p.TrimEnd('='))];
    }

    /// <summary>The arguments in the order of the parameters; null where one was left out.</summary>
    public TemplateValue?[] Bind(CallArguments arguments)
    {
        TemplateValue[] positional = arguments.Positional;
        if (positional.Length > names.Length)
            throw Faults.Type($"{function}() takes {Range()} positional argument{(names.Length == 1 ? "" : "s")} but {positional.Length} were given");
        var bound = new TemplateValue?[names.Length];
        positional.CopyTo(bound, 0);
        if (arguments.HasNamed) BindNamed(arguments.Named!, bound);
        for (int i = positional.Length; i < required; i++)
            if (bound[i] is null) throw Faults.Type($"{function}() missing 1 required positional argument: '{names[i]}'");
        return bound;
    }

    private void BindNamed(List<KeyValuePair<string, TemplateValue>> named, TemplateValue?[] bound)
    {
        if (positionalOnly) throw Faults.Type($"{function}() takes no keyword arguments");
        foreach ((string name, TemplateValue value) in named)
        {
            int at = Array.IndexOf(names, name);
            if (at < 0) throw Faults.Type($"{function}() got an unexpected keyword argument '{name}'");
            if (bound[at] is not null) throw Faults.Type($"{function}() got multiple values for argument '{name}'");
            bound[at] = value;
        }
    }

    private string Range() => required == names.Length ? $"{names.Length}" : $"from {required} to {names.Length}";
}

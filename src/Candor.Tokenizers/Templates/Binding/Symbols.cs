namespace Candor.Tokenizers.Templates;

/// <summary>A variable of a function: one for each name and depth of scopes, as in the code that Jinja makes.</summary>
internal sealed record Variable(FunctionLayout Owner, int Index);

/// <summary>The variables of the template, a macro, a block or a recursive loop.</summary>
internal sealed class FunctionLayout(FunctionLayout? outer)
{
    private readonly Dictionary<(int Level, string Name), Variable> variables = [];

    public int Slots => variables.Count;

    public Variable Variable(int level, string name)
    {
        if (!variables.TryGetValue((level, name), out Variable? variable))
            variables[(level, name)] = variable = new Variable(this, variables.Count);
        return variable;
    }

    /// <summary>Where a variable lies, seen from this function.</summary>
    public VariablePlace Place(Variable variable)
    {
        int hops = 0;
        for (FunctionLayout? at = this; at != variable.Owner; at = at!.Outer) hops++;
        return new VariablePlace(hops, variable.Index);
    }

    private FunctionLayout? Outer => outer;
}

/// <summary>
/// The names of one scope and what fills them when it begins: Jinja decides that before a template runs, by the order
/// in which names are read and set. Branches of an if are overlays that are merged into their scope afterwards.
/// </summary>
internal sealed class Symbols
{
    private readonly Dictionary<string, Variable> names = [];
    private readonly Dictionary<Variable, (LoadKind Kind, string Name, Variable? Source)> loads = [];
    private readonly HashSet<string> stores = [];
    private readonly Symbols? parent;
    private readonly Symbols? basis;
    private readonly int level;

    /// <summary>A scope inside another, or the outermost one.</summary>
    public Symbols(FunctionLayout function, Symbols? parent)
    {
        Function = function;
        this.parent = parent;
        level = parent is null ? 0 : parent.level + 1;
    }

    private Symbols(Symbols basis)
    {
        Function = basis.Function;
        this.basis = basis;
        parent = basis.parent;
        level = basis.level;
    }

    public FunctionLayout Function { get; }

    public Symbols Branch() => new(this);

    public Variable? Find(string name)
    {
        Symbols? at = this;
        while (at is not null)
        {
            if (at.names.TryGetValue(name, out Variable? variable)) return variable;
            at = at.basis ?? at.parent;
        }

        return null;
    }

    public void Store(string name)
    {
        stores.Add(name);
        if (FindHere(name)) return;
        if (parent?.Find(name) is { } outer) Define(name, LoadKind.Alias, outer);
        else Define(name, LoadKind.Missing, null);
    }

    public void Load(string name)
    {
        if (Find(name) is null) Define(name, LoadKind.Resolve, null);
    }

    public Variable Parameter(string name)
    {
        stores.Add(name);
        return Define(name, LoadKind.Parameter, null);
    }

    /// <summary>Takes over what branches found: a name that only some of them set begins as it is outside.</summary>
    public void Merge(params Symbols[] branches)
    {
        var added = new HashSet<string>();
        foreach (Symbols branch in branches)
        {
            foreach (string name in branch.stores)
                if (!HasStored(name)) added.Add(name);
        }

        foreach (Symbols branch in branches)
        {
            foreach ((string name, Variable variable) in branch.names) names[name] = variable;
            foreach ((Variable variable, var load) in branch.loads) loads[variable] = load;
            stores.UnionWith(branch.stores);
        }

        foreach (string name in added)
        {
            Variable variable = Find(name)!;
            loads[variable] = parent?.Find(name) is { } outer ? (LoadKind.Alias, name, outer) : (LoadKind.Resolve, name, null);
        }
    }

    /// <summary>The instructions that fill this scope.</summary>
    public VariableLoad[] Loads() =>
        [.. loads.Select(pair => new VariableLoad(
            pair.Key.Index,
            pair.Value.Kind,
            pair.Value.Name,
            pair.Value.Source is { } source ? Function.Place(source) : default))];

    /// <summary>All names set here or around.</summary>
    public IEnumerable<string> Visible()
    {
        var seen = new HashSet<string>();
        for (Symbols? at = this; at is not null; at = at.basis ?? at.parent) seen.UnionWith(at.stores);
        return seen;
    }

    private bool FindHere(string name)
    {
        for (Symbols? at = this; at is not null; at = at.basis)
            if (at.names.ContainsKey(name)) return true;
        return false;
    }

    private bool HasStored(string name)
    {
        for (Symbols? at = this; at is not null; at = at.basis)
            if (at.stores.Contains(name)) return true;
        return false;
    }

    private Variable Define(string name, LoadKind kind, Variable? source)
    {
        Variable variable = Function.Variable(level, name);
        names[name] = variable;
        loads[variable] = (kind, name, source);
        return variable;
    }
}

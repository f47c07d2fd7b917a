namespace Candor.Tokenizers.Templates;

/// <summary>A macro, or the body of a call block, with the variables around it.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope outer, bool autoescape) : CallableValue
{
    internal override string TypeName => "Macro";

    internal override string Description => "jinja2.runtime.Macro object";

    public override TemplateValue Call(RenderRun run, CallArguments arguments)
    {
        run.EnterCall();
        MacroBinding bound = definition.Bound;
        var scope = new Scope(run, bound.Slots, outer);
        Bind(run, scope, arguments);
        scope.Load(bound.Loads);
        FillDefaults(scope);
        var text = new Sink(run);
        Statement.Run(definition.Body, scope, text);
        run.LeaveCall();
        return run.Text(text.ToString(), run.Autoescape || autoescape);
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => name switch
    {
        "name" => definition.Name is null ? NoneValue.Instance : StringValue.Of(definition.Name),
        "arguments" => new TupleValue([.. definition.Parameters.Select(p => (TemplateValue)StringValue.Of(p.Name))]),
        "catch_kwargs" => BooleanValue.Of(definition.Bound.Named >= 0),
        "catch_varargs" => BooleanValue.Of(definition.Bound.Positional >= 0),
        "caller" => BooleanValue.Of(definition.Bound.UsesCaller),
        "explicit_caller" => BooleanValue.Of(definition.Parameters.Any(p => p.Name == "caller")),
        _ => null,
    };

    internal override void Repr(ReprWriter writer) =>
        writer.Append(definition.Name is null ? "<Macro anonymous>" : $"<Macro '{definition.Name}'>");

    private void Bind(RenderRun run, Scope scope, CallArguments arguments)
    {
        MacroBinding bound = definition.Bound;
        TemplateValue[] positional = arguments.Positional;
        List<KeyValuePair<string, TemplateValue>> named = [.. arguments.Named ?? []];
        TemplateValue? Take(string name)
        {
            run.Work(named.Count);
            int at = named.FindIndex(pair => pair.Key == name);
            if (at < 0) return null;
            TemplateValue value = named[at].Value;
            named.RemoveAt(at);
            return value;
        }

        int count = definition.Parameters.Length;
        bool foundCaller = positional.Length >= count && definition.Parameters.Any(p => p.Name == "caller");
        for (int i = 0; i < count; i++)
        {
            string name = definition.Parameters[i].Name;
            if (i < positional.Length)
            {
                scope.Slots[bound.Parameters[i]] = positional[i];
                continue;
            }

            scope.Slots[bound.Parameters[i]] = Take(name);
            if (name == "caller") foundCaller = true;
        }

        if (bound.UsesCaller && !foundCaller)
        {
            TemplateValue? caller = Take("caller");
            if (bound.Caller >= 0) scope.Slots[bound.Caller] = caller is null or NoneValue ? UndefinedValue.Hint("No caller defined") : caller;
        }

        if (bound.Named >= 0)
        {
            var dict = new DictValue(run.Keys);
            foreach ((string name, TemplateValue value) in named) dict.Items[StringValue.Of(name)] = value;
            scope.Slots[bound.Named] = dict;
        }
        else if (named.Count > 0)
        {
            throw Faults.Type(named.Exists(pair => pair.Key == "caller")
                ? $"macro {Quoted()} was invoked with two values for the special caller argument. This is most likely a bug."
                : $"macro {Quoted()} takes no keyword argument '{named[0].Key}'");
        }

        if (bound.Positional >= 0) scope.Slots[bound.Positional] = new TupleValue([.. positional.Skip(count)]);
        else if (positional.Length > count) throw Faults.Type($"macro {Quoted()} takes not more than {count} argument(s)");
    }

    private string Quoted() => definition.Name is null ? "None" : $"'{definition.Name}'";

    private void FillDefaults(Scope scope)
    {
        int first = definition.Parameters.Length - definition.Defaults.Length;
        for (int i = 0; i < definition.Parameters.Length; i++)
        {
            int slot = definition.Bound.Parameters[i];
            if (scope.Slots[slot] is not null) continue;
            string name = definition.Parameters[i].Name;
            scope.Slots[slot] = i >= first
                ? definition.Defaults[i - first].Evaluate(scope)
                : UndefinedValue.Hint($"parameter '{name}' was not provided");
        }
    }
}

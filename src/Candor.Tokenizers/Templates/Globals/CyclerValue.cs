namespace Candor.Tokenizers.Templates;

/// <summary>What <c>cycler(...)</c> gives.</summary>
internal sealed class CyclerValue : TemplateValue
{
    private readonly TemplateValue[] items;
    private readonly TupleValue all;
    private int position;

    public CyclerValue(CallArguments arguments)
    {
        if (arguments.HasNamed) throw Faults.Type("Cycler.__init__() got an unexpected keyword argument");
        if (arguments.Positional.Length == 0) throw new TemplateException(TemplateErrorKind.Runtime, "RuntimeError", "at least one item has to be provided");
        items = arguments.Positional;
        all = new TupleValue([.. items]);
    }

    internal override string TypeName => "Cycler";

    internal override string Description => "jinja2.utils.Cycler object";

    internal override TemplateValue? Attribute(RenderRun run, string name) => name switch
    {
        "items" => all,
        "pos" => IntegerValue.Of(position),
        "current" => items[position],
        "next" => new FunctionValue("next", (_, _) => Advance()),
        "reset" => new FunctionValue("reset", (_, _) => Reset()),
        _ => null,
    };

    private TemplateValue Advance()
    {
        TemplateValue current = items[position];
        position = (position + 1) % items.Length;
        return current;
    }

    private NoneValue Reset()
    {
        position = 0;
        return NoneValue.Instance;
    }
}

/// <summary>What <c>joiner(...)</c> gives: nothing the first time, then the separator.</summary>
internal sealed class JoinerValue(TemplateValue separator) : CallableValue
{
    private bool used;

    internal override string TypeName => "Joiner";

    internal override string Description => "jinja2.utils.Joiner object";

    public override TemplateValue Call(RenderRun run, CallArguments arguments)
    {
        if (arguments.Positional.Length > 0 || arguments.HasNamed) throw Faults.Type("Joiner.__call__() takes 1 positional argument");
        if (used) return separator;
        used = true;
        return StringValue.Empty;
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => name switch
    {
        "sep" => separator,
        "used" => BooleanValue.Of(used),
        _ => null,
    };
}

using System.Globalization;

namespace Candor.Tokenizers.Templates;

/// <summary>The elements of a loop, with what the variable <c>loop</c> knows of them.</summary>
internal sealed class LoopValue : ValueIterator
{
    private readonly RenderRun run;
    private readonly Func<TemplateValue, int, TemplateValue>? recurse;
    private readonly int depth0;
    private readonly LoopVariable variable;
    private ValueIterator items;
    private long? length;
    private TemplateValue? ahead;
    private TemplateValue? current;
    private TemplateValue? before;
    private TemplateValue? lastChanged;
    private long index0 = -1;

    public LoopValue(RenderRun run, long? length, ValueIterator items, Func<TemplateValue, int, TemplateValue>? recurse, int depth0)
    {
        this.run = run;
        this.length = length;
        this.items = items;
        this.recurse = recurse;
        this.depth0 = depth0;
        variable = new LoopVariable(this);
    }

    /// <summary>The variable <c>loop</c>.</summary>
    public TemplateValue Value => variable;

    private long Length
    {
        get
        {
            if (length is { } known) return known;
            List<TemplateValue> rest = Iteration.Drain(run, items);
            items = new SequenceIterator(rest);
            long all = rest.Count + index0 + 1 + (ahead is null ? 0 : 1);
            length = all;
            return all;
        }
    }

    public override TemplateValue? Next()
    {
        TemplateValue? next = ahead ?? items.Next();
        ahead = null;
        if (next is null) return null;
        index0++;
        before = current;
        current = next;
        return next;
    }

    private TemplateValue? Peek() => ahead ??= items.Next();

    private TemplateValue? Attribute(string name) => name switch
    {
        "index" => IntegerValue.Of(index0 + 1),
        "index0" => IntegerValue.Of(index0),
        "revindex" => IntegerValue.Of(Length - index0),
        "revindex0" => IntegerValue.Of(Length - index0 - 1),
        "first" => BooleanValue.Of(index0 == 0),
        "last" => BooleanValue.Of(Peek() is null),
        "length" => IntegerValue.Of(Length),
        "depth" => IntegerValue.Of(depth0 + 1),
        "depth0" => IntegerValue.Of(depth0),
        "previtem" => index0 == 0 ? UndefinedValue.Hint("there is no previous item") : before,
        "nextitem" => Peek() ?? UndefinedValue.Hint("there is no next item"),
        "cycle" => new FunctionValue("cycle", (_, a) => Cycle(a.Positional)),
        "changed" => new FunctionValue("changed", (r, a) => BooleanValue.Of(Changed(r, a.Positional))),
        _ => null,
    };

    private TemplateValue Cycle(TemplateValue[] values) =>
        values.Length == 0 ? throw Faults.Type("no items for cycling given") : values[index0 % values.Length];

    private bool Changed(RenderRun callRun, TemplateValue[] values)
    {
        var now = new TupleValue([.. values]);
        if (lastChanged is not null && Equality.AreEqual(callRun, lastChanged, now)) return false;
        lastChanged = now;
        return true;
    }

    private sealed class LoopVariable(LoopValue loop) : CallableValue
    {
        internal override string TypeName => "LoopContext";

        internal override string Description => "jinja2.runtime.LoopContext object";

        internal override bool IsTrue => loop.Length > 0;

        internal override long? Length => loop.Length;

        public override TemplateValue Call(RenderRun run, CallArguments arguments)
        {
            if (arguments.Positional.Length != 1 || arguments.HasNamed) throw Faults.Type("loop takes one argument");
            if (loop.recurse is null) throw Faults.Type("The loop must have the 'recursive' marker to be called recursively.");
            return loop.recurse(arguments.Positional[0], loop.depth0 + 1);
        }

        internal override TemplateValue? Attribute(RenderRun run, string name) => loop.Attribute(name);

        internal override ValueIterator Iterate(RenderRun run) => new EnumeratorIterator(Pairs().GetEnumerator());

        internal override void Repr(ReprWriter writer) =>
            writer.Append(string.Create(CultureInfo.InvariantCulture, $"<LoopContext {loop.index0 + 1}/{loop.Length}>"));

        private IEnumerable<TemplateValue> Pairs()
        {
            while (loop.Next() is { } item) yield return new TupleValue([item, this]);
        }
    }
}

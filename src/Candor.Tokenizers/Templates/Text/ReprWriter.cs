using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Writes Python's <c>repr</c> of values, counting what it writes.</summary>
internal sealed class ReprWriter(RenderRun run)
{
    private readonly StringBuilder text = new();

    /// <summary>What counts the work.</summary>
    public RenderRun Run => run;

    public static string Write(RenderRun run, TemplateValue value)
    {
        var writer = new ReprWriter(run);
        writer.Value(value);
        return writer.text.ToString();
    }

    public void Append(string piece)
    {
        run.Allocate(piece.Length + 1);
        text.Append(piece);
    }

    public void Value(TemplateValue value)
    {
        StackGuard.Check();
        value.Repr(this);
    }

    public void Sequence(string open, IEnumerable<TemplateValue> items, string close)
    {
        Append(open);
        bool first = true;
        foreach (TemplateValue item in items)
        {
            if (!first) Append(", ");
            first = false;
            Value(item);
        }

        Append(close);
    }
}

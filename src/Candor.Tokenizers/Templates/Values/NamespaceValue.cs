namespace Candor.Tokenizers.Templates;

/// <summary>What <c>namespace(...)</c> gives: the one thing whose attributes a template may set.</summary>
internal sealed class NamespaceValue(DictValue members) : TemplateValue
{
    private bool writing;

    internal override string TypeName => "Namespace";

    internal override string Description => "jinja2.utils.Namespace object";

    /// <summary>Sets an attribute.</summary>
    public void Set(string name, TemplateValue value)
    {
        RequireAllowed(name);
        members.Items[StringValue.Of(name)] = value;
    }

    public static void RequireAllowed(string name)
    {
        if (name.StartsWith('_'))
            throw Faults.Security($"chat templates cannot store underscore-prefixed attributes on a namespace, but got '{name}'");
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) =>
        members.Items.TryGetValue(StringValue.Of(name), out TemplateValue? value) ? value : null;

    internal override void Repr(ReprWriter writer)
    {
        if (writing)
        {
            writer.Append("<Namespace {...}>");
            return;
        }

        writing = true;
        try
        {
            writer.Append("<Namespace ");
            members.Repr(writer);
            writer.Append(">");
        }
        finally
        {
            writing = false;
        }
    }
}

namespace Candor.Tokenizers.Templates;

/// <summary>How Jinja's sandbox reads <c>x.name</c> and <c>x[key]</c>.</summary>
internal static class Access
{
    /// <summary><c>x.name</c>: the attribute, else the item, else undefined.</summary>
    public static TemplateValue Attribute(RenderRun run, TemplateValue owner, StringValue name)
    {
        run.Step();

        // Most attributes in chat templates are keys of dictionaries that no method hides.
        if (owner is DictValue dict && !DictMethods.IsMethod(name.Value) && !name.Value.StartsWith('_'))
            return dict.Items.TryGetValue(name, out TemplateValue? member) ? member : UndefinedValue.Missing(owner, name);
        return Attributes(run, owner, name.Value) ?? owner.Item(run, name) ?? UndefinedValue.Missing(owner, name);
    }

    /// <summary><c>x[key]</c>: the item, else the attribute, else undefined.</summary>
    public static TemplateValue Item(RenderRun run, TemplateValue owner, TemplateValue key)
    {
        run.Step();
        if (owner.Item(run, key) is { } item) return item;
        if (key is StringValue name && Attributes(run, owner, name.Value) is { } attribute) return attribute;
        return UndefinedValue.Missing(owner, key);
    }

    /// <summary>The attribute alone, guarded by the sandbox; null where there is none.</summary>
    public static TemplateValue? Attributes(RenderRun run, TemplateValue owner, string name)
    {
        if (name.StartsWith('_')) return PythonNames.Has(owner, name) ? UndefinedValue.Unsafe(owner, name) : null;
        if (owner is UndefinedValue undefined) throw undefined.Fault(run);
        if (owner.IsMutator(name)) return UndefinedValue.Unsafe(owner, name);
        return owner.Attribute(run, name);
    }
}

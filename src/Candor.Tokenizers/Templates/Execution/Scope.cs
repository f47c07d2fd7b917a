namespace Candor.Tokenizers.Templates;

/// <summary>The variables of one running function (the template, a macro, a block, a recursive loop); null is a missing one.</summary>
internal sealed class Scope(RenderRun run, int slots, Scope? outer)
{
    public RenderRun Run { get; } = run;

    public Scope? Outer { get; } = outer;

    public TemplateValue?[] Slots { get; } = new TemplateValue?[slots];

    public TemplateValue? Get(VariablePlace place) => At(place.Hops).Slots[place.Index];

    public void Set(VariablePlace place, TemplateValue? value) => At(place.Hops).Slots[place.Index] = value;

    /// <summary>Fills the variables of a scope that begins, as its analysis planned it.</summary>
    public void Load(VariableLoad[] loads)
    {
        foreach (VariableLoad load in loads)
        {
            switch (load.Kind)
            {
                case LoadKind.Resolve: Slots[load.Index] = Run.Resolve(load.Name); break;
                case LoadKind.Alias: Slots[load.Index] = Get(load.Source); break;
                case LoadKind.Missing: Slots[load.Index] = null; break;
                case LoadKind.Parameter: break;
            }
        }
    }

    /// <summary>Forgets the variables of a scope that ends.</summary>
    public void Unload(VariableLoad[] loads)
    {
        foreach (VariableLoad load in loads) Slots[load.Index] = null;
    }

    private Scope At(int hops)
    {
        Scope scope = this;
        for (; hops > 0; hops--) scope = scope.Outer!;
        return scope;
    }
}

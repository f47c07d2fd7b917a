namespace Candor.Tokenizers.Templates;

/// <summary>The variable <c>self</c>: the blocks of the template.</summary>
internal sealed class SelfValue : TemplateValue
{
    internal override string TypeName => "TemplateReference";

    internal override string Description => "jinja2.runtime.TemplateReference object";

    internal override TemplateValue? Item(RenderRun run, TemplateValue key) =>
        key is StringValue name && run.Blocks.TryGetValue(name.Value, out BlockStatement? block) ? new BlockReference(block) : null;

    internal override void Repr(ReprWriter writer) => writer.Append("<TemplateReference None>");

    private sealed class BlockReference(BlockStatement block) : CallableValue
    {
        internal override string TypeName => "BlockReference";

        internal override string Description => "jinja2.runtime.BlockReference object";

        public override TemplateValue Call(RenderRun run, CallArguments arguments)
        {
            if (arguments.Positional.Length > 0 || arguments.HasNamed) throw Faults.Type("a block takes no arguments");
            var text = new Sink(run);
            block.Render(run, text);
            return run.Text(text.ToString(), run.Autoescape);
        }

        internal override TemplateValue? Attribute(RenderRun run, string name) => name switch
        {
            "name" => StringValue.Of(block.Name),
            "super" => UndefinedValue.Hint($"there is no parent block called '{block.Name}'."),
            _ => null,
        };
    }
}

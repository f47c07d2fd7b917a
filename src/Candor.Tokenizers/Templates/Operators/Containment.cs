using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>in</c>.</summary>
internal static class Containment
{
    public static bool Contains(RenderRun run, TemplateValue container, TemplateValue item)
    {
        switch (container)
        {
            case StringValue text:
                if (item is not StringValue part)
                    throw Faults.Type($"'in <string>' requires string as left operand, not {item.TypeName}");
                return PyText.Find(run, text.Value, part.Value, 0) >= 0;
            case DictValue dict:
                KeyComparer.RequireHashable(item);
                return dict.Items.ContainsKey(item);
            case DictViewValue { Part: DictPart.Keys } view:
                KeyComparer.RequireHashable(item);
                return view.Dict.Items.ContainsKey(item);
            case RangeValue range when Integers.TryGet(item, out BigInteger number):
                return range.IndexOf(number) >= 0;
            case SequenceValue sequence:
                foreach (TemplateValue element in sequence.Items)
                    if (Equality.Same(run, element, item)) return true;
                return false;
        }

        ValueIterator elements = container.Iterate(run) ?? throw Faults.Type($"argument of type '{container.TypeName}' is not iterable");
        while (elements.Next() is { } element)
            if (Equality.Same(run, element, item)) return true;
        return false;
    }
}

using System.Collections.Frozen;

namespace Candor.Tokenizers.Templates;

/// <summary>The double-underscore names that Python's objects have: the sandbox answers them with an unsafe undefined value.</summary>
internal static class PythonNames
{
    private static readonly FrozenSet<string> Common = FrozenSet.Create(
        "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__", "__getattribute__", "__getstate__", "__gt__",
        "__hash__", "__init__", "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__",
        "__setattr__", "__sizeof__", "__str__", "__subclasshook__");

    private static readonly FrozenDictionary<string, FrozenSet<string>> ByType = new Dictionary<string, FrozenSet<string>>
    {
        ["str"] = FrozenSet.Create(
        "__add__", "__contains__", "__getitem__", "__getnewargs__", "__iter__", "__len__", "__mod__", "__mul__", "__rmod__", "__rmul__"),
        ["int"] = FrozenSet.Create(
        "__abs__", "__add__", "__and__", "__bool__", "__ceil__", "__divmod__", "__float__", "__floor__", "__floordiv__", "__getnewargs__",
        "__index__", "__int__", "__invert__", "__lshift__", "__mod__", "__mul__", "__neg__", "__or__", "__pos__", "__pow__", "__radd__",
        "__rand__", "__rdivmod__", "__rfloordiv__", "__rlshift__", "__rmod__", "__rmul__", "__ror__", "__round__", "__rpow__",
        "__rrshift__", "__rshift__", "__rsub__", "__rtruediv__", "__rxor__", "__sub__", "__truediv__", "__trunc__", "__xor__"),
        ["float"] = FrozenSet.Create(
        "__abs__", "__add__", "__bool__", "__ceil__", "__divmod__", "__float__", "__floor__", "__floordiv__", "__getformat__",
        "__getnewargs__", "__int__", "__mod__", "__mul__", "__neg__", "__pos__", "__pow__", "__radd__", "__rdivmod__", "__rfloordiv__",
        "__rmod__", "__rmul__", "__round__", "__rpow__", "__rsub__", "__rtruediv__", "__sub__", "__truediv__", "__trunc__"),
        ["NoneType"] = FrozenSet.Create(
        "__bool__"),
        ["list"] = FrozenSet.Create(
        "__add__", "__class_getitem__", "__contains__", "__delitem__", "__getitem__", "__iadd__", "__imul__", "__iter__", "__len__",
        "__mul__", "__reversed__", "__rmul__", "__setitem__"),
        ["tuple"] = FrozenSet.Create(
        "__add__", "__class_getitem__", "__contains__", "__getitem__", "__getnewargs__", "__iter__", "__len__", "__mul__", "__rmul__"),
        ["dict"] = FrozenSet.Create(
        "__class_getitem__", "__contains__", "__delitem__", "__getitem__", "__ior__", "__iter__", "__len__", "__or__", "__reversed__",
        "__ror__", "__setitem__"),
        ["range"] = FrozenSet.Create(
        "__bool__", "__contains__", "__getitem__", "__iter__", "__len__", "__reversed__"),
        ["generator"] = FrozenSet.Create(
        "__del__", "__iter__", "__name__", "__next__", "__qualname__"),
        ["function"] = FrozenSet.Create(
        "__annotations__", "__builtins__", "__call__", "__closure__", "__code__", "__defaults__", "__dict__", "__get__", "__globals__",
        "__kwdefaults__", "__module__", "__name__", "__qualname__"),
        ["builtin_function_or_method"] = FrozenSet.Create(
        "__call__", "__module__", "__name__", "__qualname__", "__self__", "__text_signature__"),
        ["dict_keys"] = FrozenSet.Create(
        "__and__", "__contains__", "__iter__", "__len__", "__or__", "__rand__", "__reversed__", "__ror__", "__rsub__", "__rxor__",
        "__sub__", "__xor__"),
    }.ToFrozenDictionary();

    /// <summary>Whether Python's object behind a value has this name.</summary>
    public static bool Has(TemplateValue owner, string name)
    {
        if (owner is NamespaceValue) return name == "__class__";
        if (Common.Contains(name)) return true;
        string type = owner switch
        {
            BooleanValue => "int",
            StringValue => "str",
            TupleValue => "tuple",
            DictViewValue => "dict_keys",
            MacroValue or FunctionValue { TypeName: "function" } => "function",
            _ => owner.TypeName,
        };
        return ByType.TryGetValue(type, out FrozenSet<string>? names) && names.Contains(name);
    }
}

using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Ways out of the sandbox that other template engines left open.</summary>
public class SandboxTests
{
    private const string Context = """{"s": "text", "l": [1, "a"], "d": {"k": "v"}, "f": 1.5, "n": null}""";

    [Theory]
    [InlineData("''.__class__.__mro__[1].__subclasses__()")]
    [InlineData("''.__class__.__base__.__subclasses__()")]
    [InlineData("s['__class__']['__mro__']")]
    [InlineData("l.__class__.__bases__[0]")]
    [InlineData("d['__class__'].__init__.__globals__")]
    [InlineData("f.__class__.__mro__")]
    [InlineData("n.__class__.__mro__")]
    [InlineData("range.__class__.__mro__")]
    [InlineData("range.__call__(3)")]
    [InlineData("dict.__class__.__mro__")]
    [InlineData("cycler.__init__.__globals__.os.popen('id').read()")]
    [InlineData("joiner.__init__.__globals__.os.popen('id').read()")]
    [InlineData("namespace.__init__.__globals__.os.popen('id').read()")]
    [InlineData("lipsum.__globals__['os'].popen('id').read()")]
    [InlineData("lipsum['__globals__']['os']")]
    [InlineData("cycler(1, 2).__class__.__init__.__globals__")]
    [InlineData("cycler(1, 2).next.__globals__.os")]
    [InlineData("joiner(',').__class__.__mro__")]
    [InlineData("joiner(',').__call__.__globals__")]
    [InlineData("namespace(a=1).__class__.__mro__")]
    [InlineData("raise_exception.__globals__.__builtins__.open('/etc/passwd')")]
    [InlineData("strftime_now.__code__.co_consts")]
    [InlineData("s.format.__class__.__mro__")]
    [InlineData("(s|attr('__class__')).__mro__")]
    [InlineData("s|attr('__cla' + 'ss__')|attr('mro')")]
    [InlineData("(s|attr(['__', 'class', '__']|join)).x")]
    [InlineData("([s]|map(attribute='__class__')|list)[0].__mro__")]
    [InlineData("[s]|map(attribute='__class__.__mro__')|list")]
    [InlineData("([s]|map('attr', '__class__')|first)()")]
    [InlineData("[s]|selectattr('__class__.__mro__')|list")]
    [InlineData("[s]|rejectattr('__class__.__mro__')|list")]
    [InlineData("[s]|sort(attribute='__class__.__mro__')")]
    [InlineData("[s, s]|groupby('__class__.__mro__')|list")]
    [InlineData("[s, s]|unique(attribute='__class__.__mro__')|list")]
    [InlineData("[s, s]|sum(attribute='__class__')")]
    [InlineData("[s, s]|min(attribute='__class__.__mro__')")]
    [InlineData("'{0.__class__.__mro__}'.format(s)")]
    [InlineData("'{a[__class__].__mro__}'.format(a=s)")]
    [InlineData("'{x.__init__.__globals__}'.format(x=range)")]
    [InlineData("'{k.__class__.__mro__}'.format_map({'k': s})")]
    [InlineData("'{0:{0.__class__.__mro__}}'.format(s)")]
    [InlineData("('{0.__class__.__mro__}'|attr('format'))(s)")]
    [InlineData("(['{0.__class__.__mro__}']|map('attr', 'format')|first)(s)")]
    [InlineData("(s|map|attr('gi_frame')).f_globals.x")]
    [InlineData("self.__init__.__globals__")]
    public void Python_is_out_of_reach(string expression)
    {
        TemplateException fault = Rendering.Fault($"\n{{{{ {expression} }}}}", Context);

        // Where the name is not among those that Python's object has, Jinja itself knows nothing of it.
        Assert.True(fault.Kind is TemplateErrorKind.Security or TemplateErrorKind.Undefined, fault.Message);
        if (expression.Contains("'__class__", StringComparison.Ordinal) || expression.Contains("''.__class__", StringComparison.Ordinal))
            Assert.Equal((TemplateErrorKind.Security, "SecurityError"), (fault.Kind, fault.PythonType));
        Assert.Equal(2, fault.Line);
    }

    [Theory]
    [InlineData("s.__class__")]
    [InlineData("s['__class__']")]
    [InlineData("s|attr('__class__')")]
    [InlineData("l.__len__")]
    [InlineData("d.__dict__")]
    [InlineData("range.__globals__")]
    [InlineData("lipsum.__globals__")]
    [InlineData("d['__getitem__']")]
    [InlineData("[s]|map(attribute='__class__')|join")]
    [InlineData("cycler(1)._Cycler__x")]
    [InlineData("s.upper.__self__.__class__")]
    [InlineData("s.join.__call__")]
    [InlineData("self.__dict__")]
    [InlineData("'{0.__class__}'.format(s)")]
    [InlineData("dict.fromkeys.__self__.__class__")]
    [InlineData("dict.fromkeys.__self__")]
    [InlineData("s|attr('\\x5f\\x5fclass\\x5f\\x5f')|attr('__mro__')")]
    [InlineData("s|attr('_' ~ '_class_' ~ '_')|attr('__mro__')")]
    [InlineData("s|attr('__class__')|attr('__mro__')")]
    public void Insides_print_as_nothing(string expression) => Assert.Equal("", Rendering.Bare($"{{{{ {expression} }}}}", Context));

    [Theory]
    [InlineData("l.append(1)")]
    [InlineData("l.extend([1])")]
    [InlineData("l.insert(0, 1)")]
    [InlineData("l.pop()")]
    [InlineData("l.remove(1)")]
    [InlineData("l.reverse()")]
    [InlineData("l.sort()")]
    [InlineData("l.clear()")]
    [InlineData("d.clear()")]
    [InlineData("d.pop('k')")]
    [InlineData("d.popitem()")]
    [InlineData("d.setdefault('q', 1)")]
    [InlineData("d.update({})")]
    [InlineData("(l|attr('append'))(1)")]
    [InlineData("l['append'](1)")]
    [InlineData("([l]|map(attribute='append')|first)(1)")]
    [InlineData("([l]|map('attr', 'append')|first)(1)")]
    public void Values_cannot_be_changed(string expression) =>
        Assert.Equal(TemplateErrorKind.Security, Rendering.Fault($"{{{{ {expression} }}}}", Context).Kind);

    [Theory]
    [InlineData("{% set ns = namespace() %}{% set ns.__class__ = 1 %}")]
    [InlineData("{% set ns = namespace(__class__=1) %}")]
    [InlineData("{% set ns = namespace({'_x': 1}) %}")]
    [InlineData("{% set d.k = 1 %}")]
    [InlineData("{% set s.x = 1 %}")]
    public void Only_plain_names_of_namespaces_can_be_set(string template) =>
        Assert.True(Rendering.Fault(template, Context).Kind is TemplateErrorKind.Security or TemplateErrorKind.Runtime);

    [Theory]
    [InlineData("{% include 'file' %}")]
    [InlineData("{% import '/etc/passwd' as x %}")]
    [InlineData("{% from 'x' import y %}")]
    [InlineData("{% extends 'base' %}")]
    public void Nothing_is_loaded(string template) => Assert.Contains("no loader", Rendering.Fault(template).Reason, StringComparison.Ordinal);

    [Fact]
    public void Renderings_leave_the_arguments_as_they_were()
    {
        const string template = "{% set d = dict(d, k=2) %}{% set l = l + [3] %}{% set ns = namespace(l=l) %}{% set ns.l = ns.l + [4] %}{{ d }}{{ ns.l }}";
        using var json = System.Text.Json.JsonDocument.Parse(Context);
        Dictionary<string, TemplateValue> variables = Rendering.Variables(json.RootElement);
        ChatTemplate parsed = ChatTemplate.Parse(template);
        string first = parsed.RenderBare(variables).Text;
        Assert.Equal("{'k': 2}[1, 'a', 3, 4]", first);
        Assert.Equal(first, parsed.RenderBare(variables).Text);
        Assert.Equal(2, variables["l"].AsList!.Count);
    }
}

using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Random damage to templates: only <see cref="TemplateException"/> comes out, and soon.</summary>
public class TemplateFuzzTests
{
    private static readonly TemplateLimits Limits = new() { MaxSteps = 200_000, MaxOutput = 1 << 20, MaxAllocation = 1 << 20 };

    [Fact]
    public void DamagedTemplatesAreRefusedOrRendered()
    {
        ChatTemplateRequest request = ChatTemplateRequest.Of([("system", "Be brief."), ("user", "Hi <b>there</b> 你好"), ("assistant", "Hello 🦙."), ("user", "2+2?")]) with
        {
            Limits = Limits, SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" },
        };
        new Fuzzer("Candor.Tokenizers.Tests", "template", path => ChatTemplate.Parse(System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(path))).Render(request), e => e is TemplateException, 64 << 20, 400)
            .Run([.. Seeds.Select(System.Text.Encoding.UTF8.GetBytes)]);
    }

    private static readonly string[] Seeds =
    [
        "{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']|trim + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "{%- macro render(m, deep=false) -%}[{{ m.role|upper }}: {{ m.content.split()|join('-') }}]{%- endmacro -%}{%- set ns = namespace(n=0, seen=[]) -%}{%- for m in messages if m.role != 'system' -%}{%- set ns.n = ns.n + 1 -%}{{ render(m) }}{{ loop.index0 }}/{{ loop.length }}{% if not loop.last %}, {% endif %}{%- else -%}none{%- endfor -%}{{ ns.n }}",
        "{{ messages|tojson(indent=2) }}{{ messages|map(attribute='role')|unique|list }}{{ messages[1:]|selectattr('role', 'equalto', 'user')|list|length }}{{ '%05.2f|%s' % (3.14159, messages[0]) }}{{ '{0:>10}|{name!r}'.format('x', name='y') }}",
        "{% set x = 2 ** 10 // 3 % 7 - -1.5e3 %}{{ x is number and x not in [1, 2] or x is defined }}{{ [3, 1, 2]|sort(reverse=true) }}{{ {'a': 1, 'b': [none, true]}.items()|list }}{{ 'abc'[::-1] ~ \"q\\u00e9\" }}{# a comment #}{% raw %}{{ raw }}{% endraw %}{{ strftime_now('%Y') is string }}",
        "{% call(x) wrap() %}{{ x }}{% endcall %}{% macro wrap() %}({{ caller(1) }}){% endmacro %}{% filter upper %}abc{% endfilter %}{% generation %}text{% endgeneration %}{% with a = 1 %}{{ a }}{% endwith %}{% for i in range(5) %}{% if i == 3 %}{% break %}{% endif %}{% continue %}{% endfor %}{{ cycler('a', 'b').next() }}{{ 'x'|default('y', true)|replace('x', 'z')|title|center(9)|wordwrap(3)|escape|urlize|batch(2)|list }}",
    ];
}

using System.Text.Json;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>What a chat becomes before a template sees it, and what is refused.</summary>
public class RequestTests
{
    private static readonly ChatTemplateRequest Hello = ChatTemplateRequest.Of([("user", "hi")]);

    [Theory]
    [InlineData("messages")]
    [InlineData("conversation")]
    [InlineData("tools")]
    [InlineData("documents")]
    [InlineData("chat_template")]
    [InlineData("add_generation_prompt")]
    [InlineData("continue_final_message")]
    [InlineData("tokenize")]
    [InlineData("padding")]
    [InlineData("truncation")]
    [InlineData("max_length")]
    [InlineData("return_tensors")]
    [InlineData("return_dict")]
    [InlineData("return_assistant_tokens_mask")]
    [InlineData("tokenizer_kwargs")]
    public void Reserved_names_cannot_be_overridden(string name)
    {
        ChatTemplate template = ChatTemplate.Parse("{{ messages|length }}", "a.jinja");
        ChatTemplateRequest request = Hello with { Arguments = new Dictionary<string, TemplateValue> { [name] = TemplateValue.From(1) } };
        var fault = Assert.Throws<TemplateException>(() => template.Render(request));
        Assert.Equal(TemplateErrorKind.Arguments, fault.Kind);
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("a.jinja: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_names_become_variables()
    {
        ChatTemplateRequest request = Hello with
        {
            SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" },
            Arguments = new Dictionary<string, TemplateValue> { ["enable_thinking"] = TemplateValue.From(false), ["eos_token"] = TemplateValue.From("!") },
        };
        Assert.Equal("<s>False!hiTrueNoneNone", ChatTemplate.Parse(
            "{{ bos_token }}{{ enable_thinking }}{{ eos_token }}{{ messages[0].content }}{{ add_generation_prompt }}{{ tools }}{{ documents }}").Render(request));
    }

    [Theory]
    [InlineData("""[{"role": "user", "content": "a"}]""", "a|False|")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": true, "x": "y"}""", "a|True|y")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}], "tokenize": false, "return_dict": true, "x": null}""", "a|False|None")]
    public void Json_is_a_list_or_the_arguments(string json, string expected) => Assert.Equal(expected, Render("{{ messages[0].content }}|{{ add_generation_prompt }}|{{ x }}", json));

    [Theory]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("""{"messages": null}""")]
    [InlineData("""{"messages": {}}""")]
    [InlineData("""{"messages": "hi"}""")]
    [InlineData("""["hi"]""")]
    [InlineData("""[["hi"]]""")]
    [InlineData("""{"messages": [], "tools": 5}""")]
    [InlineData("""{"messages": [], "tools": ["x"]}""")]
    [InlineData("""{"messages": [], "documents": {"a": 1}}""")]
    [InlineData("""{"messages": [], "continue_final_message": true}""")]
    [InlineData("""{"messages": [{"role": "assistant"}], "continue_final_message": true}""")]
    [InlineData("""{"messages": [{"role": "assistant", "content": 5}], "continue_final_message": true}""")]
    [InlineData("""{"messages": [{"role": "assistant", "content": [{"type": "image"}]}], "continue_final_message": true}""")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "a"}], "continue_final_message": "thought"}""")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "a"}], "continue_final_message": true, "add_generation_prompt": true}""")]
    [InlineData("""{"messages": [{"role": "user", "content": "\ud800"}]}""")]
    public void Unusable_requests_are_refused(string json)
    {
        var fault = Assert.Throws<TemplateException>(() => Render("{% for m in messages %}{{ m.content }}{% endfor %}", json));
        Assert.Equal(TemplateErrorKind.Arguments, fault.Kind);
    }

    [Fact]
    public void Deep_arguments_are_refused()
    {
        string deep = $$"""{"messages": [], "x": {{new string('[', 500)}}{{new string(']', 500)}}}""";
        using JsonDocument json = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 1000 });
        Assert.Equal(TemplateErrorKind.Budget, Assert.Throws<TemplateException>(() => ChatTemplateRequest.FromJson(json.RootElement)).Kind);
    }

    [Fact]
    public void Messages_lose_none_and_gain_reasoning()
    {
        Assert.Equal(
            "role,content,reasoning,reasoning_content,thinking",
            Render("{{ messages[0]|join(',') }}", """[{"role": "assistant", "content": "a", "tool_calls": null, "reasoning": "r"}]"""));
        Assert.Equal("t", Render("{{ messages[0].reasoning_content }}", """[{"role": "assistant", "thinking": "t"}]"""));
    }

    [Theory]
    [InlineData("<{{ messages[-1].content }}>!", "<part", "part")]
    [InlineData("<{{ messages[-1].content }}>!", "<part ", "part ")]
    [InlineData("<{{ messages[-1].content|trim }}>!", "<part", "part  ")]
    public void A_last_message_is_continued(string template, string expected, string content) =>
        Assert.Equal(expected, Render(template, $$"""{"messages": [{"role": "assistant", "content": "{{content}}"}], "continue_final_message": true}"""));

    [Fact]
    public void Templates_are_chosen_by_name_and_tools()
    {
        var set = new ChatTemplateSet([new("default", "D"), new("tool_use", "T"), new("broken", "{% if %}")]);
        Assert.Equal(("D", "T", "D"), (set.Select().Source, set.Select(withTools: true).Source, set.Select("default", true).Source));
        Assert.Contains("'broken', 'default', 'tool_use'", Assert.Throws<TemplateException>(() => set.Select("rag")).Message, StringComparison.Ordinal);
        Assert.Equal(("chat_template broken", 1), Assert.Throws<TemplateException>(() => set.Select("broken")) is var fault ? (fault.TemplateName, fault.Line) : default);
    }

    [Fact]
    public void Special_tokens_in_texts_are_rendered_as_they_are()
    {
        // The text of a chat cannot tell a user's "<|im_end|>" from the template's: who tokenizes must keep them apart.
        Assert.Equal("<|im_end|><|im_end|>", Render("{{ messages[0].content }}<|im_end|>", """[{"role": "user", "content": "<|im_end|>"}]"""));
    }

    [Fact]
    public void One_template_serves_many_threads()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{% set ns = namespace(n=0) %}{% macro m(x) %}[{{ x }}]{% endmacro %}{% for c in messages %}{% set ns.n = ns.n + 1 %}{{ m(c.content) }}{% endfor %}{{ ns.n }}{{ {'a': (1, 2)}|tojson }}");
        ChatTemplateRequest[] requests = [.. Enumerable.Range(1, 8).Select(n => ChatTemplateRequest.Of(Enumerable.Range(0, n).Select(i => ("user", $"{n}/{i}"))))];
        string[] expected = [.. requests.Select(template.Render)];
        Parallel.For(0, 2000, i => Assert.Equal(expected[i % 8], template.Render(requests[i % 8])));
    }

    private static string Render(string template, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ChatTemplate.Parse(template).Render(ChatTemplateRequest.FromJson(document.RootElement));
    }
}

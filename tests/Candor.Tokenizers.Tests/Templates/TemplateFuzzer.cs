using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>
/// Renders made-up templates with small limits for a while. Only <see cref="TemplateException"/> may come out, with a message
/// of one line, within a second, in bounded memory. <c>CANDOR_FUZZ_SECONDS</c> sets the time (5 by default, with a fixed
/// seed; another seed each time when it is set).
/// </summary>
internal sealed partial class TemplateFuzzer
{
    private const long MostBytes = 256L << 20;
    private const string Context = """
        {"s": "Hello World", "l": [3, 1, 2], "d": {"b": 1, "a": [2, {"c": null}], "C": 3}, "n": 7, "f": 1.5, "e": [], "u": "né 🦙\n x",
         "messages": [{"role": "system", "content": "be terse"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]},
                      {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}],
         "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}], "add_generation_prompt": true}
        """;

    private static readonly string? Seconds = Environment.GetEnvironmentVariable("CANDOR_FUZZ_SECONDS");

    private readonly TemplateLimits limits;
    private readonly Dictionary<string, TemplateValue> variables;
    private readonly HashSet<string> shapes = new(StringComparer.Ordinal);

    public TemplateFuzzer(TemplateLimits limits)
    {
        this.limits = limits;
        using var json = System.Text.Json.JsonDocument.Parse(Context);
        variables = Rendering.Variables(json.RootElement);
    }

    public Random Random { get; } = new(Seconds is null ? 4711 : Environment.TickCount);

    /// <summary>Renders what <paramref name="make"/> gives until the time is up; <paramref name="isNew"/> gets those that end unlike all before.</summary>
    public void Run(Func<string> make, Action<string>? isNew = null)
    {
        var clock = Stopwatch.StartNew();
        double limit = Seconds is null ? 5 : double.Parse(Seconds, CultureInfo.InvariantCulture);
        int tried = 0, rendered = 0;
        for (; clock.Elapsed.TotalSeconds < limit; tried++)
        {
            string template = make();
            string outcome = Try(template);
            if (outcome.Length == 0) rendered++;
            else if (shapes.Add(Words().Replace(outcome, "")) && shapes.Count < 2000) isNew?.Invoke(template);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} templates, {rendered} rendered, {shapes.Count} kinds of failure");
        Assert.True(tried > 0);
    }

    /// <summary>Renders one template: the reason why it failed, or nothing.</summary>
    public string Try(string template)
    {
        string outcome = "";
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        double seconds = ThreadClock.Seconds;
        try
        {
            _ = ChatTemplate.Parse(template).RenderBare(variables, limits);
        }
        catch (TemplateException e)
        {
            outcome = e.Reason.Length == 0 ? " " : e.Reason;
            if (e.Message.AsSpan().IndexOfAny('\n', '\r') >= 0) Assert.Fail($"several lines in the message of {Show(template)}");
            if (e.Line < 0 || e.Line > template.Length + 1) Assert.Fail($"line {e.Line} in {Show(template)}");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.GetType().Name} came out of {Show(template)}", e);
        }

        seconds = ThreadClock.Seconds - seconds;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        if (seconds >= 1) Assert.Fail($"{seconds:F1} s passed with {Show(template)}");
        if (bytes > MostBytes) Assert.Fail($"{bytes} bytes were taken by {Show(template)}");
        return outcome;
    }

    private static string Show(string template)
    {
        string path = Path.Combine(Path.GetTempPath(), $"candor-fuzz-template-{Guid.NewGuid():N}.jinja");
        File.WriteAllText(path, template);
        return $"{(template.Length > 600 ? template[..600] + "…" : template)} (in {path})";
    }

    [GeneratedRegex("'[^']*'|\"[^\"]*\"|[0-9]+|<[^>]*>")]
    private static partial System.Text.RegularExpressions.Regex Words();
}

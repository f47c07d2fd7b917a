using System.Globalization;
using System.Text.Json;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Short ways to render in tests.</summary>
internal static class Rendering
{
    /// <summary>The text of a template without any rules of chats.</summary>
    /// <param name="template">The template.</param>
    /// <param name="context">Its variables, a JSON object.</param>
    /// <param name="limits">What it may cost.</param>
    public static string Bare(string template, string context = "{}", TemplateLimits? limits = null)
    {
        using JsonDocument json = JsonDocument.Parse(context);
        return ChatTemplate.Parse(template).RenderBare(Variables(json.RootElement), limits).Text;
    }

    /// <summary>The exception that a template ends in; it must be of one line.</summary>
    public static TemplateException Fault(string template, string context = "{}", TemplateLimits? limits = null)
    {
        string text = "";
        Exception? thrown = Record.Exception(() => text = Bare(template, context, limits));
        Assert.True(thrown is TemplateException, $"{thrown?.ToString() ?? text[..Math.Min(text.Length, 100)]} from {template[..Math.Min(template.Length, 300)]}");
        var fault = (TemplateException)thrown!;
        Assert.DoesNotContain('\n', fault.Message);
        Assert.StartsWith("chat_template: ", fault.Message, StringComparison.Ordinal);
        return fault;
    }

    public static Dictionary<string, TemplateValue> Variables(JsonElement context) =>
        context.EnumerateObject().ToDictionary(p => p.Name, p => TemplateValue.FromJson(p.Value));

    /// <summary>A clock that stands still, in UTC.</summary>
    public static TimeProvider Clock(string time) =>
        new StoppedClock(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}

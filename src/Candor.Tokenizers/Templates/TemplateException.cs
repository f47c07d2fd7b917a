namespace Candor.Tokenizers.Templates;

/// <summary>A chat template could not be parsed or rendered. The message is one line.</summary>
public sealed class TemplateException : Exception
{
    internal TemplateException(TemplateErrorKind kind, string pythonType, string reason, int line = 0)
        : base(reason)
    {
        Kind = kind;
        PythonType = pythonType;
        Reason = reason;
        Line = line;
    }

    /// <summary>What went wrong, coarsely.</summary>
    public TemplateErrorKind Kind { get; }

    /// <summary>The class of the exception that Jinja or Python raises here, such as <c>UndefinedError</c> or <c>TypeError</c>.</summary>
    public string PythonType { get; }

    /// <summary>The bare words, without name and line. For <see cref="TemplateErrorKind.Raised"/> the template's own.</summary>
    public string Reason { get; }

    /// <summary>The name given to <see cref="ChatTemplate.Parse"/>; empty where there is none.</summary>
    public string TemplateName { get; internal set; } = "";

    /// <summary>The line of the template, from 1; 0 where there is none.</summary>
    public int Line { get; internal set; }

    /// <inheritdoc/>
    public override string Message
    {
        get
        {
            string place = Line > 0 ? $"line {Line}: " : "";
            string name = TemplateName.Length > 0 ? $"{TemplateName}: " : "";
            return OneLine($"{name}{place}{Reason}");
        }
    }

    private static string OneLine(string text)
    {
        const int longest = 2000;
        string cut = text.Length > longest ? string.Concat(text.AsSpan(0, longest), "...") : text;
        return string.Create(cut.Length, cut, (line, words) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(words[i]) || words[i] is '\u2028' or '\u2029' ? ' ' : words[i];
        });
    }
}

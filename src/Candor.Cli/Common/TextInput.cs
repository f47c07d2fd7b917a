namespace Candor.Cli.Common;

/// <summary>Text from a file or stdin.</summary>
internal static class TextInput
{
    /// <summary>The text of a file, or of stdin where no file is named.</summary>
    public static string Read(string? file)
    {
        if (file is not null and not "-") return File.ReadAllText(file);
        if (!Console.IsInputRedirected) throw new CliException("no text: give --file, or text on stdin", ExitCode.Usage);
        return Console.In.ReadToEnd();
    }
}

/// <summary>Passes progress on to the line on stderr.</summary>
internal sealed class Reporter(Progress progress) : IProgress<double>
{
    public void Report(double value) => progress.Report(value);
}

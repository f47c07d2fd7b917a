using System.CommandLine;
using System.CommandLine.Parsing;
using Candor.Formats;
using Candor.Inference.Sampling;
using Candor.Models;
using Candor.Tokenizers;
using Candor.Training;
using Candor.Tokenizers.Mistral;
using Candor.Tokenizers.Templates;

namespace Candor.Cli.Common;

/// <summary>An error of the command line itself, with the exit code it ends in.</summary>
internal sealed class CliException(string message, int exitCode = ExitCode.Input) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Runs a command and turns what it throws into one line and an exit code.</summary>
internal static class CommandRunner
{
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors) await Console.Error.WriteLineAsync($"candor: {error.Message}").ConfigureAwait(false);
            await Console.Error.WriteLineAsync("candor: see 'candor --help' or 'candor COMMAND --help'").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("candor: interrupted").ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The last place where an exception can become a line for a person.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Exception cause = e is AggregateException { InnerException: { } inner } ? inner : e;
            await Console.Error.WriteLineAsync($"candor: {OneLine(cause.Message)}").ConfigureAwait(false);
            return CodeOf(cause);
        }
    }

    private static int CodeOf(Exception e) => e switch
    {
        CliException cli => cli.ExitCode,
        ModelFormatException or TokenizerFormatException or TemplateException or ModelSpecException or MistralChatException => ExitCode.Format,
        NumericException => ExitCode.Numeric,
        ModelInputException or TrainingException or ArgumentException => ExitCode.Input,
        IOException or UnauthorizedAccessException => ExitCode.Files,
        _ => ExitCode.Failure,
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}

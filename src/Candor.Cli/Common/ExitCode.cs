namespace Candor.Cli.Common;

/// <summary>What the process answers with. Documented in docs/cli.md.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Something else went wrong.</summary>
    public const int Failure = 1;

    /// <summary>The command line is not understood.</summary>
    public const int Usage = 2;

    /// <summary>A model, tokenizer or template file is damaged or not supported.</summary>
    public const int Format = 3;

    /// <summary>The input does not fit the model.</summary>
    public const int Input = 4;

    /// <summary>The model gave numbers that are not finite.</summary>
    public const int Numeric = 5;

    /// <summary>A file cannot be read or written.</summary>
    public const int Files = 6;

    /// <summary>Interrupted by Ctrl-C.</summary>
    public const int Interrupted = 99;
}

namespace Candor.Cli.Common;

/// <summary>Folders that commands write models to.</summary>
internal static class OutputFolder
{
    /// <summary>A folder that holds another model already would end up with a mixture of both.</summary>
    /// <exception cref="CliException">It is there and not empty.</exception>
    public static void RequireAbsent(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new CliException($"{folder}: the folder is not empty; name one that is not there yet", ExitCode.Files);
    }
}

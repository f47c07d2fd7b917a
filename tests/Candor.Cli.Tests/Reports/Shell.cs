using System.Diagnostics;
using System.Text;

namespace Candor.Cli.Tests.Reports;

/// <summary>What a command did.</summary>
internal readonly record struct ShellResult(int Code, string Output, string Error);

/// <summary>Runs a command line as a shell would: words, quotes, a variable before it, input from a file.</summary>
internal static class Shell
{
    public static ShellResult Run(string folder, string command)
    {
        List<string> words = Words(command);
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8 };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "candor.dll"));
        string? input = null;
        bool begun = false;
        for (int i = 0; i < words.Count; i++)
        {
            if (!begun && words[i].Contains('=', StringComparison.Ordinal)) start.Environment[words[i].Split('=')[0]] = words[i].Split('=', 2)[1];
            else if (!begun) begun = true;
            else if (words[i] == "<") input = words[++i];
            else start.ArgumentList.Add(words[i]);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            if (input is not null) process.StandardInput.BaseStream.Write(File.ReadAllBytes(Path.Combine(folder, input)));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading all of its input.
        }

        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), $"{command} does not end");
        return new ShellResult(process.ExitCode, output.Result, error.Result);
    }

    private static List<string> Words(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool quoted = false, any = false;
        foreach (char c in command)
        {
            if (c == '"') (quoted, any) = (!quoted, true);
            else if (c == ' ' && !quoted)
            {
                if (any) words.Add(word.ToString());
                word.Clear();
                any = false;
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }

        if (any) words.Add(word.ToString());
        return words;
    }
}

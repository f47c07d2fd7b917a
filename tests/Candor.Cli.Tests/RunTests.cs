using System.Diagnostics;

namespace Candor.Cli.Tests;

/// <summary>The command line, run as a process.</summary>
public class RunTests
{
    [Fact]
    public void TheRealModelKnowsTheCapitalOfFrance()
    {
        string model = Shared.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        (int code, string output, string error) = Candor("run", model, "What is the capital of France?");
        Assert.True(code == 0, error);
        Assert.Contains("Paris", output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsOneClearLine()
    {
        (int code, string output, string error) = Candor("run", "no-such-model.gguf", "hi");
        Assert.InRange(code, 1, 99);
        Assert.Empty(output);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Contains("no-such-model.gguf", error, StringComparison.Ordinal);
    }

    internal static (int Code, string Output, string Error) Candor(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "candor.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}

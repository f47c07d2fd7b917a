using System.Diagnostics;
using System.Reflection;
using System.Text;
using Xunit;

namespace Candor.Testing;

/// <summary>
/// Runs test classes again in a child process with instruction sets switched off, so that one machine tests every path.
/// The child is the running test program itself.
/// </summary>
public static class InstructionSets
{
    private const string Mark = "CANDOR_INSTRUCTION_SETS_OFF";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The switches that are off in this process because it is such a child; empty otherwise.</summary>
    public static IReadOnlyList<string> Off { get; } =
        Environment.GetEnvironmentVariable(Mark)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Whether this process is such a child.</summary>
    public static bool IsChild => Off.Count > 0;

    /// <summary>
    /// Runs the tests of some classes with a switch of the runtime off; fails the running test with the child's output where
    /// one of them fails, and skips it in a child, which so starts none of its own.
    /// </summary>
    /// <param name="switchedOff">A runtime switch, as <c>EnableAVX2</c> or <c>EnableHWIntrinsic</c> (all of them); or one of Candor's own.</param>
    /// <param name="classes">The test classes, of the running test program.</param>
    public static void Rerun(string switchedOff, params Type[] classes)
    {
        if (IsChild) Assert.Skip("runs only where all instruction sets are on");
        ProcessStartInfo start = StartInfo();
        foreach (Type type in classes)
        {
            start.ArgumentList.Add("--filter-class");
            start.ArgumentList.Add(type.FullName!);
        }

        start.Environment[switchedOff.StartsWith("CANDOR_", StringComparison.Ordinal) ? switchedOff : "DOTNET_" + switchedOff] = "0";
        start.Environment[Mark] = switchedOff;

        var output = new StringBuilder();
        using var child = new Process { StartInfo = start };
        child.OutputDataReceived += (_, line) => Append(output, line.Data);
        child.ErrorDataReceived += (_, line) => Append(output, line.Data);
        child.Start();
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        if (!child.WaitForExit(Limit))
        {
            child.Kill(entireProcessTree: true);
            Assert.Fail($"with {switchedOff} off the tests did not end within {Limit}");
        }

        child.WaitForExit();
        lock (output) Assert.True(child.ExitCode == 0, $"with {switchedOff} off:\n{output}");
    }

    private static ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Under the dotnet host the program is its first argument.
        if (Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            start.ArgumentList.Add(Assembly.GetEntryAssembly()!.Location);
        return start;
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output) output.AppendLine(line);
    }
}

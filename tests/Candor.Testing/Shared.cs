using Xunit;

namespace Candor.Testing;

/// <summary>
/// Where the reference data lies: the folder <c>shared</c> beside the checkout, and in it the pack of golden files
/// (or the pack that the environment variable <c>CANDOR_ORACLE</c> names).
/// </summary>
public static class Shared
{
    /// <summary>The checkout's root: the folder that holds <c>Candor.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of reference data, or null in a clone without it.</summary>
    public static string? Folder { get; } = Existing(Path.GetFullPath(Path.Combine(Root, "..", "shared")));

    /// <summary>The root of the golden files, or null in a clone without them.</summary>
    public static string? Oracle { get; } =
        Existing(Environment.GetEnvironmentVariable("CANDOR_ORACLE")) ?? Existing(Folder is null ? null : Path.Combine(Folder, "oracle"));

    /// <summary>The path of a reference file or folder; skips the running test where the reference data is missing.</summary>
    public static string Require(params string[] parts)
    {
        if (Folder is null) Assert.Skip("needs the reference data in ../shared, which this clone does not have");
        string path = Path.Combine([Folder!, .. parts]);
        Assert.True(Path.Exists(path), $"the reference data has no {path}");
        return path;
    }

    /// <summary>
    /// The path of a golden file or folder; skips the running test where the golden files are missing,
    /// or where another pack was laid under the tests that has nothing of this name.
    /// </summary>
    public static string RequireOracle(params string[] parts)
    {
        if (Oracle is null) Assert.Skip("needs the golden files in ../shared/oracle, which this clone does not have");
        string path = Path.Combine([Oracle!, .. parts]);
        if (!Path.Exists(path) || parts.Contains(""))
        {
            if (Environment.GetEnvironmentVariable("CANDOR_ORACLE") is not null) Assert.Skip($"this pack has no {Path.Combine(parts)}");
            Assert.Fail($"the golden files lack {path}");
        }

        return path;
    }

    /// <summary>Names of the folders directly under a golden folder, in order; empty where there is none.</summary>
    public static IReadOnlyList<string> OracleFolders(params string[] parts)
    {
        if (Oracle is null) return [];
        string path = Path.Combine([Oracle, .. parts]);
        return Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>
    /// Rows of a theory from names; one row with an empty name where there are none, for which the test calls
    /// <see cref="RequireOracle"/> or <see cref="Require"/> and so is skipped with a reason.
    /// </summary>
    public static TheoryData<string> Rows(IEnumerable<string> names)
    {
        var rows = new TheoryData<string>(names);
        if (!rows.Any()) rows.Add("");
        return rows;
    }

    private static string? Existing(string? path) => path is not null && Directory.Exists(path) ? Path.GetFullPath(path) : null;

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Candor.slnx"))) return d.FullName;
        return Directory.GetCurrentDirectory();
    }
}

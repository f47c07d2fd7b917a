using System.Text.RegularExpressions;

namespace Candor.Architecture.Tests;

/// <summary>What the documents show is what is there.</summary>
public partial class ReadmeTests
{
    [Fact]
    public void TheReadmeQuotesTheSample()
    {
        string readme = Read("README.md"), sample = Read("samples/Answer/Program.cs");
        Assert.Contains($"```csharp\n{sample.TrimEnd()}\n```", readme, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("SECURITY.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/adding-a-family.md")]
    [InlineData("docs/cli.md")]
    [InlineData("docs/dependencies.md")]
    [InlineData("docs/training.md")]
    [InlineData("models/small/README.md")]
    public void LinksLeadToFiles(string page)
    {
        foreach (Match link in Link().Matches(Read(page)))
        {
            string target = link.Groups[1].Value;
            if (!target.Contains("://", StringComparison.Ordinal)) Assert.True(Path.Exists(Path.Combine(Shared.Root, Path.GetDirectoryName(page)!, target)), $"{page}: {target}");
        }
    }

    [Fact]
    public void EveryDependencyIsListedWithItsLicence()
    {
        string page = Read("docs/dependencies.md");
        foreach (Match package in Package().Matches(Read("Directory.Packages.props"))) Assert.Contains(package.Groups[1].Value, page, StringComparison.Ordinal);
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Shared.Root, name)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Package();
}

using System.Xml.Linq;

namespace Candor.Architecture.Tests;

/// <summary>Keeps the arrows between projects pointing down, as docs/architecture.md draws them.</summary>
public class ArrowTests
{
    /// <summary>What each project may refer to directly. A new project is entered here and in the picture.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Candor.Tensors"] = [],
        ["Candor.Kernels"] = ["Candor.Tensors"],
        ["Candor.Formats"] = ["Candor.Kernels"],
        ["Candor.Tokenizers"] = [],
        ["Candor.Models"] = ["Candor.Kernels", "Candor.Formats"],
        ["Candor.Inference"] = ["Candor.Models", "Candor.Tokenizers"],
        ["Candor.Training"] = ["Candor.Models", "Candor.Tokenizers"],
        ["Candor.Cli"] = ["Candor.Inference", "Candor.Training"],
    };

    public static TheoryData<string> Projects() => [.. Directory.GetDirectories(Path.Combine(Shared.Root, "src")).Where(d => Directory.EnumerateFiles(d, "*.csproj").Any()).Select(d => Path.GetFileName(d)).Order()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ReferencesPointDown(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} is not in the picture");
        XDocument file = XDocument.Load(Path.Combine(Shared.Root, "src", project, project + ".csproj"));
        string[] references = [.. file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
        Assert.All(references, r => Assert.Contains(r, Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void SourcesNameNoRoomAbove(string project)
    {
        // What a project may use, directly or through others.
        var below = new HashSet<string>();
        var open = new Stack<string>(Allowed[project]);
        while (open.TryPop(out string? next))
            if (below.Add(next)) foreach (string more in Allowed[next]) open.Push(more);
        string[] above = [.. Allowed.Keys.Where(k => k != project && !below.Contains(k))];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Shared.Root, "src", project), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal)) continue;
            foreach (string line in File.ReadLines(file))
                foreach (string room in above)
                    Assert.False(line.StartsWith($"using {room};", StringComparison.Ordinal) || line.StartsWith($"using {room}.", StringComparison.Ordinal), $"{file}: {line}");
        }
    }
}

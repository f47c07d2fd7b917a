using Candor.Models;

namespace Candor.Models.Tests.Golden;

/// <summary>Models in several files give what they give in one.</summary>
public class SplitGoldenTests
{
    public static TheoryData<string> Cases() => Shared.Rows(Shared.OracleFolders("arch", "split"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void MatchesTheModelInOneFile(string kind)
    {
        string folder = Shared.RequireOracle("arch", "split", kind);
        string[] parts = [.. Directory.GetFiles(folder, "*.gguf").Order(StringComparer.Ordinal)];
        string name = parts.Length > 0 ? Path.GetFileName(parts[0])[..^"-00001-of-00003.gguf".Length] : "llama-gqa";
        using var golden = new GoldenFile(Shared.RequireOracle("arch", name, "golden.safetensors"));
        using Plan plan = ModelSource.Open(parts.Length > 0 ? parts[0] : folder).Compile();
        using SequenceState state = plan.CreateState();
        Close.Within(2e-5, golden.Floats("logits"), ArchGoldenTests.Forward(plan, state, golden.Ints("input_ids")), "logits");
        GoldenTable.Passed("arch", "split " + kind, "logits");
    }
}

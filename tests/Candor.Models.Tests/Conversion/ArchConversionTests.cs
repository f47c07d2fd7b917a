using Candor.Formats;
using Candor.Models.Conversion;
using Candor.Models.Tests.Golden;
using Candor.Tensors;

namespace Candor.Models.Tests.Conversion;

/// <summary>Every family of the pack: folder to GGUF as the reference converter writes it, and back to the same weights.</summary>
public class ArchConversionTests
{
    /// <summary>Families that GGUF, or the architecture's readers there, cannot hold: the conversion must say so.</summary>
    private static readonly string[] Refused = ["falcon-rw", "gemma2-scale", "llama-dynamic-rope", "llama-longrope", "mistral-sw"];

    public static TheoryData<string> Families() => Shared.Rows(Shared.OracleFolders("arch").Where(f =>
        File.Exists(Path.Combine(Shared.Oracle!, "arch", f, "model.gguf")) && File.Exists(Path.Combine(Shared.Oracle!, "arch", f, "config.json"))));

    public static TheoryData<string> Unsayable() => Shared.Rows(Shared.OracleFolders("arch").Where(Refused.Contains));

    [Theory]
    [MemberData(nameof(Families))]
    public void AFolderBecomesTheReferencesGguf(string family)
    {
        string folder = Shared.RequireOracle("arch", family);
        using var temporary = new TempFolder();
        string path = temporary["model.gguf"];
        using (ModelSource source = ModelSource.Open(folder)) ModelConverter.ToGguf(source, path);
        using GgufFile expected = GgufFile.Open(Path.Combine(folder, "model.gguf")), actual = GgufFile.Open(path);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (StoredTensor tensor in expected.Tensors.Values)
        {
            StoredTensor ours = actual.Tensors[tensor.Name];
            Assert.True(tensor.Shape.SequenceEqual(ours.Shape), $"{tensor.Name}: [{string.Join(", ", ours.Shape)}] for [{string.Join(", ", tensor.Shape)}]");
            float[] wanted = TensorReader.ToArray(tensor), got = TensorReader.ToArray(ours);
            // Scales that a converter folds into weights, and exponentials, may be rounded once more.
            Close.Within(1e-6 * Math.Max(1, wanted.Max(Math.Abs)), wanted, got, tensor.Name);
        }

        Assert.Equal(ModelSpecJson.Write(FamilyRegistry.FromGguf(expected)), ModelSpecJson.Write(FamilyRegistry.FromGguf(actual)));
        SameLogits(folder, path);
        GoldenTable.Passed("arch", family, "to gguf");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void ThereAndBackIsTheIdentity(string family)
    {
        string folder = Shared.RequireOracle("arch", family);
        using var temporary = new TempFolder();
        using (ModelSource source = ModelSource.Open(folder)) ModelConverter.ToGguf(source, temporary["model.gguf"]);
        using (ModelSource source = ModelSource.Open(temporary["model.gguf"])) ModelConverter.ToFolder(source, temporary["back"]);
        SameWeights(folder, temporary["back"]);
        GoldenTable.Passed("arch", family, "there and back");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void AStrangersGgufBecomesTheFolder(string family)
    {
        string folder = Shared.RequireOracle("arch", family);
        using var temporary = new TempFolder();
        using (ModelSource source = ModelSource.Open(Path.Combine(folder, "model.gguf")))
        {
            try
            {
                ModelConverter.ToFolder(source, temporary["back"]);
            }
            catch (ModelFormatException e)
            {
                // What the metadata does not say is refused in words; nothing is written.
                Assert.NotEmpty(e.Message);
                Assert.False(Directory.Exists(temporary["back"]));
                return;
            }
        }

        SameWeights(folder, temporary["back"]);
        GoldenTable.Passed("arch", family, "to folder");
    }

    [Theory]
    [MemberData(nameof(Unsayable))]
    public void WhatGgufCannotSayIsRefused(string family)
    {
        using var temporary = new TempFolder();
        using ModelSource source = ModelSource.Open(Shared.RequireOracle("arch", family));
        ModelFormatException e = Assert.Throws<ModelFormatException>(() => ModelConverter.ToGguf(source, temporary["model.gguf"]));
        Assert.Contains("GGUF", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(temporary.Path));
    }

    [Theory]
    [InlineData(ElementType.F16, 2e-3)]
    [InlineData(ElementType.BF16, 2e-2)]
    [InlineData(ElementType.Q8_0, 2e-2)]
    public void MatricesAreRoundedToTheTypeAskedFor(ElementType type, double tolerance)
    {
        string folder = Shared.RequireOracle("arch", "llama-gqa");
        using var temporary = new TempFolder();
        using (ModelSource source = ModelSource.Open(folder)) ModelConverter.ToGguf(source, temporary["model.gguf"], new ConversionOptions { Type = type });
        using GgufFile file = GgufFile.Open(temporary["model.gguf"]);
        Assert.Equal(type, file.Tensors["blk.0.attn_q.weight"].Type);
        Assert.Equal(type, file.Tensors["token_embd.weight"].Type);
        Assert.Equal(ElementType.F32, file.Tensors["blk.0.attn_norm.weight"].Type);
        using GgufFile exact = GgufFile.Open(Path.Combine(folder, "model.gguf"));
        float[] wanted = TensorReader.ToArray(exact.Tensors["blk.1.ffn_down.weight"]);
        Close.Within(tolerance * wanted.Max(Math.Abs), wanted, TensorReader.ToArray(file.Tensors["blk.1.ffn_down.weight"]), type.ToString());
    }

    private static void SameLogits(string folder, string path)
    {
        using var golden = new GoldenFile(Path.Combine(folder, "golden.safetensors"));
        if (!golden.Has("logits")) return;
        using Plan plan = ModelSource.Open(path).Compile();
        using SequenceState state = plan.CreateState();
        Close.Within(2e-5, golden.Floats("logits"), ArchGoldenTests.Forward(plan, state, golden.Ints("input_ids")), "logits of the converted model");
    }

    private static void SameWeights(string folder, string back)
    {
        using SafetensorsStore expected = ModelFolder.Open(folder).OpenWeights(), actual = ModelFolder.Open(back).OpenWeights();
        foreach (StoredTensor tensor in expected.Tensors.Values)
        {
            StoredTensor ours = Assert.Contains(tensor.Name, (IReadOnlyDictionary<string, StoredTensor>)actual.Tensors);
            Assert.True(tensor.Shape.SequenceEqual(ours.Shape), $"{tensor.Name}: [{string.Join(", ", ours.Shape)}] for [{string.Join(", ", tensor.Shape)}]");
            float[] wanted = TensorReader.ToArray(tensor), got = TensorReader.ToArray(ours);
            // GGUF itself holds norms of Gemma plus one, Mamba's A as -exp and weights of Falcon-H1 times their multipliers: these are rounded there.
            string type = ModelFolder.Open(folder).Config.GetString("model_type");
            bool rounded = tensor.Name.EndsWith("A_log", StringComparison.Ordinal) || type == "falcon_h1" || (type.StartsWith("gemma", StringComparison.Ordinal) && tensor.Name.Contains("norm", StringComparison.Ordinal));
            Close.Within(rounded ? 1e-6 : 0, wanted, got, tensor.Name);
        }

        Assert.Equal(expected.Tensors.Count, actual.Tensors.Count);
    }
}

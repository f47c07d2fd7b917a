using Candor.Formats;
using Candor.Models.Quantization;
using Candor.Tensors;

namespace Candor.Models.Tests.Quantization;

public sealed class ModelQuantizerTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. QuantizationMixture.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryMixtureIsWrittenAndStaysNear(string name)
    {
        using GgufFile file = Model(256);
        QuantizationMixture mixture = QuantizationMixture.Find(name)!;
        QuantizationReport report = ModelQuantizer.Quantize(file, folder["out.gguf"], mixture, new QuantizationOptions { Importance = Importance(file), ImportanceName = "x" }, TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(folder["out.gguf"]);
        Assert.Equal(file.Tensors.Keys, written.Tensors.Keys);
        Assert.Equal(mixture.FileType, written.Metadata.GetInt32("general.file_type"));
        Assert.Equal(2, written.Metadata.GetInt32("general.quantization_version"));
        Assert.Equal("llama", written.Metadata.GetString("general.architecture"));
        Assert.Equal(ElementType.F32, written.Tensors["blk.0.attn_norm.weight"].Type);
        Assert.Equal(name switch { "MXFP4_MOE" => ElementType.Q8_0, "IQ3_XS" => ElementType.IQ3_XXS, _ => mixture.Type }, written.Tensors["blk.1.ffn_up.weight"].Type);
        Assert.Equal(written.Tensors.Values.Sum(t => t.ByteLength), report.Bytes);
        Assert.InRange(report.RelativeError, name == "F32" ? 0 : 1e-9, mixture.Type.RowBytes(256) < 70 ? 0.8 : mixture.Type.RowBytes(256) < 110 ? 0.45 : 0.2);
        Assert.Equal(0, report.FellBack);
    }

    [Fact]
    public void PureMeansOneType()
    {
        using GgufFile file = Model(256);
        ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("q4_k")!, new QuantizationOptions { Pure = true }, TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(folder["out.gguf"]);
        Assert.All(written.Tensors.Values, t => Assert.Equal(t.Shape.Length == 1 ? ElementType.F32 : ElementType.Q4_K, t.Type));
    }

    [Fact]
    public void TensorsGetTheTypeOfTheFirstRuleThatSuits()
    {
        using GgufFile file = Model(256);
        TensorTypeRule[] rules = [TensorTypeRule.Parse(@"blk\.[01]\.ffn_(up|gate)=mxfp4"), TensorTypeRule.Parse("ffn=F16"), TensorTypeRule.Parse("token_embd=Q8_0")];
        ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q4_K_M")!, new QuantizationOptions { TensorTypes = rules }, TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(folder["out.gguf"]);
        Assert.Equal(ElementType.MXFP4, written.Tensors["blk.1.ffn_gate.weight"].Type);
        Assert.Equal(ElementType.F16, written.Tensors["blk.1.ffn_down.weight"].Type);
        Assert.Equal(ElementType.F16, written.Tensors["blk.2.ffn_up.weight"].Type);
        Assert.Equal(ElementType.Q8_0, written.Tensors["token_embd.weight"].Type);
        Assert.Equal(ElementType.Q4_K, written.Tensors["blk.1.attn_q.weight"].Type);
        Assert.Equal(ElementType.F32, written.Tensors["blk.1.attn_norm.weight"].Type);
    }

    [Theory]
    [InlineData("nothing=Q8_0", 256, "nothing=Q8_0: no matrix")]
    [InlineData("attn_norm=Q8_0", 256, "no matrix")]
    [InlineData("ffn_up=Q4_K", 96, "rows of 96 are no whole blocks of Q4_K")]
    [InlineData("ffn_up=IQ1_S", 256, "imatrix")]
    public void RulesThatCannotBeKeptAreRefusedBeforeAnythingIsWritten(string rule, int width, string fault)
    {
        using GgufFile file = Model(width);
        var options = new QuantizationOptions { TensorTypes = [TensorTypeRule.Parse(rule)] };
        Assert.Contains(fault, Assert.Throws<QuantizationPlanException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q8_0")!, options)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.gguf"]));
    }

    [Theory]
    [InlineData("ffn_up")]
    [InlineData("=Q8_0")]
    [InlineData("ffn_up=")]
    [InlineData("ffn_up=Q9_0")]
    [InlineData("ffn_up=12")]
    [InlineData("ffn_up=Q8_K")]
    [InlineData("ffn_up=F8_E4M3")]
    [InlineData("(=Q8_0")]
    [InlineData(@"(a)\1=Q8_0")]
    public void RulesThatAreNoneAreRefused(string text) => Assert.Throws<QuantizationPlanException>(() => TensorTypeRule.Parse(text));

    [Fact]
    public void ThreadsAndPartsChangeNothing()
    {
        using GgufFile file = Model(256);
        foreach (int threads in (int[])[1, 3])
            ModelQuantizer.Quantize(file, folder[$"{threads}.gguf"], QuantizationMixture.Find("Q3_K_M")!, new QuantizationOptions { Threads = threads }, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(folder["1.gguf"]), File.ReadAllBytes(folder["3.gguf"]));
    }

    [Fact]
    public void WhatNeedsImportanceSaysSoBeforeItStarts()
    {
        using GgufFile file = Model(256);
        foreach (QuantizationMixture mixture in QuantizationMixture.All.Where(m => m.NeedsImportance))
        {
            Assert.Contains("imatrix", Assert.Throws<QuantizationPlanException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], mixture)).Message, StringComparison.Ordinal);
            var partial = new ImportanceMatrix(Importance(file).Entries.Where(e => !e.Key.Contains("ffn_up", StringComparison.Ordinal)).ToDictionary(), [], 0, 0);
            Assert.Contains("ffn_up", Assert.Throws<QuantizationPlanException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], mixture, new QuantizationOptions { Importance = partial })).Message, StringComparison.Ordinal);
        }

        var foreign = new ImportanceMatrix(new Dictionary<string, ImportanceEntry> { ["blk.0.ffn_up.weight"] = new([1, 2], [1]) }, [], 0, 0);
        Assert.Contains("another model", Assert.Throws<ModelFormatException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q4_0")!, new QuantizationOptions { Importance = foreign })).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.gguf"]));
    }

    [Fact]
    public void AWeightThatIsNotFiniteIsNamedAndNothingIsLeft()
    {
        using GgufFile file = Model(256, broken: "blk.1.ffn_down.weight");
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q4_K_M")!));
        Assert.Contains("blk.1.ffn_down.weight", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["model.gguf"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void CancellingLeavesNothing()
    {
        using GgufFile file = Model(256);
        using var source = new CancellationTokenSource();
        var options = new QuantizationOptions { Progress = new Cancelling(source) };
        Assert.Throws<OperationCanceledException>(() => ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q4_K_M")!, options, source.Token));
        Assert.Equal(["model.gguf"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("Q4_K_M", "blk.3.attn_v.weight", ElementType.Q6_K)]
    [InlineData("Q4_K_M", "blk.1.attn_v.weight", ElementType.Q4_K)]
    [InlineData("Q4_K_S", "blk.0.attn_v.weight", ElementType.Q5_K)]
    [InlineData("Q2_K", "blk.2.ffn_down.weight", ElementType.Q3_K)]
    [InlineData("Q3_K_L", "blk.2.attn_output.weight", ElementType.Q5_K)]
    [InlineData("IQ2_XXS", "token_embd.weight", ElementType.Q2_K)]
    [InlineData("IQ1_S", "blk.1.attn_output.weight", ElementType.IQ2_XXS)]
    [InlineData("IQ3_XXS", "blk.1.attn_q.weight", ElementType.IQ2_S)]
    [InlineData("Q8_0", "output.weight", ElementType.Q8_0)]
    [InlineData("Q5_0", "output.weight", ElementType.Q6_K)]
    public void MixturesGiveSomeTensorsMoreBits(string mixture, string tensor, ElementType type)
    {
        using GgufFile file = Model(256);
        ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find(mixture)!, new QuantizationOptions { Importance = Importance(file) }, TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(folder["out.gguf"]);
        Assert.Equal(type, written.Tensors[tensor].Type);
    }

    [Fact]
    public void RowsOfNoWholeBlocksBecomeHalves()
    {
        using GgufFile file = Model(80);
        QuantizationReport report = ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find("Q4_K_M")!, cancellation: TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(folder["out.gguf"]);
        Assert.Equal(ElementType.F16, written.Tensors["blk.0.ffn_up.weight"].Type);
        Assert.True(report.FellBack > 0);
    }

    private static ImportanceMatrix Importance(GgufFile file) => new(
        file.Tensors.Values.Where(t => t.Shape.Length > 1).ToDictionary(t => t.Name, t => new ImportanceEntry([.. Enumerable.Range(1, (int)t.Shape[^1]).Select(i => 1f + i % 7)], [1])), ["text"], 1, 1);

    private GgufFile Model(int width, string broken = "")
    {
        var random = new Random(1);
        var tensors = new List<TensorSource>();
        void Add(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate((a, b) => a * b)];
            for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() - 0.5f) * (random.NextSingle() + 0.1f);
            if (name == broken) values[17] = float.NaN;
            tensors.Add(TensorSource.From(name, [.. shape], values));
        }

        Add("token_embd.weight", 8, width);
        for (int i = 0; i < 4; i++)
        {
            Add($"blk.{i}.attn_norm.weight", width);
            foreach (string part in (string[])["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]) Add($"blk.{i}.{part}.weight", 4, width);
        }

        Add("output.weight", 8, width);
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = GgufValue.Of("llama"), ["llama.block_count"] = GgufValue.Of(4u),
            ["llama.attention.head_count"] = GgufValue.Of(4u), ["llama.attention.head_count_kv"] = GgufValue.Of(2u),
        };
        GgufWriter.Write(folder["model.gguf"], metadata, tensors);
        return GgufFile.Open(folder["model.gguf"]);
    }

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<double>
    {
        public void Report(double value) => source.Cancel();
    }
}

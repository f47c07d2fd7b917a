using Candor.Formats;
using Candor.Models;
using Candor.Models.Quantization;

namespace Candor.Inference.Tests.Models;

/// <summary>Importance and divergence on a model that Candor's own tools wrote.</summary>
public sealed class ImportanceCollectorTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly int[] ids;

    public ImportanceCollectorTests()
    {
        SmallModel.WriteFolder(folder["model"]);
        using LanguageModel model = LanguageModel.Open(folder["model"]);
        ids = model.Tokenizer.Encode(string.Concat(Enumerable.Repeat("The hen laid an egg, and the fox went by. ", 12)));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryMatrixIsMeasuredAndSharedInputsAreAlike()
    {
        using LanguageModel model = LanguageModel.Open(folder["model"]);
        ImportanceMatrix matrix = ImportanceCollector.Measure(model, ids, 64, "hens", cancellationToken: TestContext.Current.CancellationToken);
        string[] expected =
        [
            .. model.Plan.Spec.Layers.SelectMany((_, i) => new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" }.Select(p => $"model.layers.{i}.{p}.weight")),
            "lm_head.weight",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), matrix.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(matrix.Entries["model.layers.1.self_attn.q_proj.weight"].SquareSums, matrix.Entries["model.layers.1.self_attn.v_proj.weight"].SquareSums);
        Assert.NotEqual(matrix.Entries["model.layers.1.self_attn.q_proj.weight"].SquareSums, matrix.Entries["model.layers.1.mlp.up_proj.weight"].SquareSums);
        Assert.All(matrix.Entries.Values, e => Assert.Equal([ids.Length / 64 * 64f], e.Counts));
        Assert.Equal((ids.Length / 64, 64), (matrix.Chunks, matrix.ChunkTokens));
    }

    [Fact]
    public void TheOutputMatrixSeesTheFinalNorm()
    {
        using LanguageModel model = LanguageModel.Open(folder["model"]);
        ImportanceMatrix matrix = ImportanceCollector.Measure(model, ids.AsSpan(0, 16), 64, "hens", cancellationToken: TestContext.Current.CancellationToken);
        var norm = new FinalNorm();
        model.Logits(ids.AsSpan(0, 16), norm);
        Assert.Equal(16, norm.Rows);
        float[] sums = matrix.Entries["lm_head.weight"].SquareSums;
        for (int i = 0; i < sums.Length; i++) Assert.Equal(norm.Squares[i], sums[i], 1e-5 * norm.Squares[i]);
    }

    [Fact]
    public void AModelDivergesFromItselfByNothingAndFromItsQuantizedCopyByALittle()
    {
        using var source = ModelSource.Open(folder["model"]);
        Candor.Models.Conversion.ModelConverter.ToGguf(source, folder["model.gguf"], cancellation: TestContext.Current.CancellationToken);
        var costs = new List<DivergenceReport>();
        using LanguageModel model = LanguageModel.Open(folder["model"]);
        foreach (string type in (string[])["F32", "Q8_0", "Q4_0"])
        {
            using (GgufFile file = GgufFile.Open(folder["model.gguf"]))
                ModelQuantizer.Quantize(file, folder["out.gguf"], QuantizationMixture.Find(type)!, cancellation: TestContext.Current.CancellationToken);
            using LanguageModel quantized = LanguageModel.Open(folder["out.gguf"]);
            costs.Add(Divergence.Compare(model, quantized, ids, 100, model.Text.BosId, cancellationToken: TestContext.Current.CancellationToken));
        }

        Assert.Equal(ids.Length / 100 * 49, costs[0].Tokens);
        Assert.InRange(costs[0].LargestDivergence, 0, 1e-6);
        Assert.Equal(1, costs[0].SameTop);
        Assert.Equal(costs[0].ReferencePerplexity, costs[0].Perplexity, 1e-4);
        Assert.True(costs[0].MeanDivergence < costs[1].MeanDivergence && costs[1].MeanDivergence < costs[2].MeanDivergence);
        Assert.True(costs[2].MedianDivergence <= costs[2].HighDivergence && costs[2].HighDivergence <= costs[2].LargestDivergence);
        Assert.Throws<ModelInputException>(() => Divergence.Compare(model, model, ids.AsSpan(0, 10), 100, null, cancellationToken: TestContext.Current.CancellationToken));
    }

    private sealed class FinalNorm : PlanHook
    {
        public double[] Squares { get; } = new double[SmallModel.Hidden];

        public int Rows { get; private set; }

        public override bool Wants(TapPoint point) => point.Kind == TapKind.FinalNorm;

        public override void OnTap(TapPoint point, Batch batch, TapValues values)
        {
            Rows += values.Rows;
            for (int r = 0; r < values.Rows; r++)
                for (int i = 0; i < values.Width; i++) Squares[i] += (double)values[r][i] * values[r][i];
        }
    }
}

using Candor.Formats;
using Candor.Models;

namespace Candor.Models.Tests.Spec;

/// <summary>An architecture that is not built in, described by the JSON of docs/adding-a-family.md, against a plain forward pass.</summary>
public class CustomArchitectureTests
{
    private const int Hidden = 32, Heads = 4, KeyValueHeads = 2, HeadSize = 8, Turned = 4, Inner = 48, Vocabulary = 96, Layers = 2;
    private static readonly int[] Ids = [5, 17, 95, 0, 17, 42, 8, 61, 33];

    [Fact]
    public void TheDocumentedJsonComputesWhatThePaperSays()
    {
        using var folder = new TempFolder();
        Dictionary<string, float[]> weights = Write(folder);
        using Plan plan = ModelSource.Open(folder["candor.json"]).Compile();
        double[][] expected = Forward(weights, Ids);
        using SequenceState whole = plan.CreateState(), stepwise = plan.CreateState();
        float[] together = Golden.ArchGoldenTests.Forward(plan, whole, Ids);
        for (int t = 0; t < Ids.Length; t++)
        {
            float[] alone = Golden.ArchGoldenTests.Forward(plan, stepwise, [Ids[t]]);
            for (int v = 0; v < Vocabulary; v++)
            {
                Assert.Equal(expected[t][v], together[(t * Vocabulary) + v], 2e-5);
                Assert.Equal(expected[t][v], alone[v], 2e-5);
            }
        }
    }

    [Fact]
    public void AFolderWithASpecOpensToo()
    {
        using var folder = new TempFolder();
        Write(folder);
        using ModelSource source = ModelSource.Open(folder.Path);
        Assert.Equal("nemotron", source.Spec.Architecture);
        Assert.DoesNotContain(FamilyRegistry.All, f => f.ModelTypes.Contains("nemotron"));
    }

    [Fact]
    public void AnUnknownArchitectureNamesItselfAndWhatIsSupported()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.Delete(folder["candor.json"]);
        folder.Write("config.json", """{"model_type": "nemotron", "hidden_size": 32}""");
        ModelFormatException e = Assert.Throws<ModelFormatException>(() => ModelSource.Open(folder.Path));
        foreach (string word in (string[])["nemotron", "llama", "falcon", "mamba", "docs/adding-a-family.md"]) Assert.Contains(word, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"heads\": 4", "\"heads\": 5")]
    [InlineData("\"heads\": 4", "\"heads\": 0")]
    [InlineData("\"heads\": 4", "\"heads\": 2147483647")]
    [InlineData("\"repeat\": 2", "\"repeat\": 2147483647")]
    [InlineData("\"repeat\": 2", "\"repeat\": 3")]
    [InlineData("\"inner_size\": 48", "\"inner_size\": 49")]
    [InlineData("\"inner_size\": 48", "\"inner_sise\": 48")]
    [InlineData("\"size\": 4", "\"size\": 5")]
    [InlineData("Relu2", "Relu3")]
    [InlineData("| add 1", "| subtract 1")]
    [InlineData("lm_head.weight", "head.weight")]
    [InlineData("\"hidden_size\": 32", "\"hidden_size\": -32")]
    [InlineData("\"vocabulary_size\": 96,", "")]
    public void AMistakeIsNamed(string right, string wrong)
    {
        using var folder = new TempFolder();
        Write(folder);
        string json = File.ReadAllText(folder["candor.json"]);
        Assert.Contains(right, json, StringComparison.Ordinal);
        folder.Write("candor.json", json.Replace(right, wrong, StringComparison.Ordinal));
        ModelFormatException e = Assert.Throws<ModelFormatException>(() => ModelSource.Open(folder["candor.json"]).Compile());
        Assert.DoesNotContain('\n', e.Message);
    }

    private static Dictionary<string, float[]> Write(TempFolder folder)
    {
        string page = File.ReadAllText(Path.Combine(Shared.Root, "docs", "adding-a-family.md"));
        int begin = page.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;
        folder.Write("candor.json", page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)]);
        var random = new Random(7);
        var weights = new Dictionary<string, float[]>();
        var tensors = new List<TensorSource>();
        void Add(string name, params long[] shape)
        {
            weights[name] = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)((random.NextDouble() - 0.5) * (shape.Length == 1 ? 0.4 : 0.5)))];
            tensors.Add(TensorSource.From(name, [.. shape], weights[name]));
        }

        Add("model.embed_tokens.weight", Vocabulary, Hidden);
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"model.layers.{i}.";
            foreach (string norm in (string[])["input_layernorm", "post_attention_layernorm"])
            {
                Add(layer + norm + ".weight", Hidden);
                Add(layer + norm + ".bias", Hidden);
            }

            Add(layer + "self_attn.q_proj.weight", Heads * HeadSize, Hidden);
            Add(layer + "self_attn.k_proj.weight", KeyValueHeads * HeadSize, Hidden);
            Add(layer + "self_attn.v_proj.weight", KeyValueHeads * HeadSize, Hidden);
            Add(layer + "self_attn.o_proj.weight", Hidden, Heads * HeadSize);
            Add(layer + "mlp.up_proj.weight", Inner, Hidden);
            Add(layer + "mlp.down_proj.weight", Hidden, Inner);
        }

        Add("model.norm.weight", Hidden);
        Add("model.norm.bias", Hidden);
        Add("lm_head.weight", Vocabulary, Hidden);
        SafetensorsWriter.Write(folder["model.safetensors"], tensors);
        return weights;
    }

    /// <summary>The forward pass in the plainest form: no cache, no blocks, double precision.</summary>
    private static double[][] Forward(Dictionary<string, float[]> w, int[] ids)
    {
        double[][] x = [.. ids.Select(id => w["model.embed_tokens.weight"].Skip(id * Hidden).Take(Hidden).Select(v => (double)v).ToArray())];
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"model.layers.{i}.";
            double[][] normed = [.. x.Select(r => Norm(r, w, layer + "input_layernorm"))];
            double[][] q = [.. normed.Select(r => Multiply(w[layer + "self_attn.q_proj.weight"], r))], k = [.. normed.Select(r => Multiply(w[layer + "self_attn.k_proj.weight"], r))], v = [.. normed.Select(r => Multiply(w[layer + "self_attn.v_proj.weight"], r))];
            for (int t = 0; t < ids.Length; t++)
            {
                Turn(q[t], t);
                Turn(k[t], t);
            }

            for (int t = 0; t < ids.Length; t++)
            {
                var mixed = new double[Heads * HeadSize];
                for (int h = 0; h < Heads; h++)
                {
                    int g = h / (Heads / KeyValueHeads);
                    double[] scores = [.. Enumerable.Range(0, t + 1).Select(s => Enumerable.Range(0, HeadSize).Sum(c => q[t][(h * HeadSize) + c] * k[s][(g * HeadSize) + c]) / Math.Sqrt(HeadSize))];
                    double[] exp = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                    for (int c = 0; c < HeadSize; c++) mixed[(h * HeadSize) + c] = Enumerable.Range(0, t + 1).Sum(s => exp[s] / exp.Sum() * v[s][(g * HeadSize) + c]);
                }

                x[t] = [.. x[t].Zip(Multiply(w[layer + "self_attn.o_proj.weight"], mixed), (a, b) => a + b)];
            }

            for (int t = 0; t < ids.Length; t++)
            {
                double[] up = Multiply(w[layer + "mlp.up_proj.weight"], Norm(x[t], w, layer + "post_attention_layernorm"));
                double[] squared = [.. up.Select(u => Math.Max(0, u) * Math.Max(0, u))];
                x[t] = [.. x[t].Zip(Multiply(w[layer + "mlp.down_proj.weight"], squared), (a, b) => a + b)];
            }
        }

        return [.. x.Select(r => Multiply(w["lm_head.weight"], Norm(r, w, "model.norm")))];
    }

    private static double[] Norm(double[] x, Dictionary<string, float[]> w, string name)
    {
        double mean = x.Average(), deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + 1e-5);
        return [.. x.Select((v, c) => ((v - mean) / deviation * (w[name + ".weight"][c] + 1.0)) + w[name + ".bias"][c])];
    }

    private static double[] Multiply(float[] matrix, double[] x) =>
        [.. Enumerable.Range(0, matrix.Length / x.Length).Select(r => Enumerable.Range(0, x.Length).Sum(c => matrix[(r * x.Length) + c] * x[c]))];

    private static void Turn(double[] heads, int position)
    {
        for (int h = 0; h < heads.Length; h += HeadSize)
        {
            for (int i = 0; i < Turned / 2; i++)
            {
                double angle = position * Math.Pow(10000, -2.0 * i / Turned), a = heads[h + i], b = heads[h + i + (Turned / 2)];
                heads[h + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                heads[h + i + (Turned / 2)] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
        }
    }
}

using Candor.Kernels;
using Candor.Models.Steps;

namespace Candor.Models;

/// <summary>Turns a <see cref="ModelSpec"/> and its weights into the steps of a <see cref="Plan"/>.</summary>
internal sealed unsafe partial class PlanCompiler(ModelSpec spec, ModelWeights weights)
{
    private readonly Dictionary<(string Name, int Width), int> bufferIds = [];
    private readonly List<PlanBuffer> buffers = [];
    private readonly List<Step> steps = [];
    private readonly Dictionary<(RopeSpec, int), RopeFrequencies> ropes = [];
    private readonly HashSet<Tensors.ElementType> types = [];
    private readonly Dictionary<(string Role, int Layer), List<MatrixPlace>> places = [];
    private WeightMatrix? embedding;

    public IReadOnlyList<Step> Steps => steps;

    public IReadOnlyList<PlanBuffer> Buffers => buffers;

    public List<IDisposable> Resources { get; } = [];

    /// <summary>Where the matrices of layers are, by role; experts left out.</summary>
    public IReadOnlyDictionary<(string Role, int Layer), List<MatrixPlace>> Places => places;

    public int FinalHidden { get; private set; }

    /// <summary>Elements of the layers' matrices that a token is multiplied by; the output matrix runs for the last token of a prompt only.</summary>
    public double MatrixElements { get; private set; }

    /// <summary>Bytes of the matrices that a generated token is multiplied by, the output matrix among them.</summary>
    public double TokenBytes { get; private set; }

    private int Hidden => spec.HiddenSize;

    /// <summary>Whether any matrix is multiplied with rounded activations in this mode.</summary>
    public bool RoundsActivations(ActivationMode mode) => types.Any(t => Linear.Resolve(mode, t, false, 1) != ActivationMode.F32);

    public void Compile()
    {
        int residual = Buffer("residual", Hidden);
        Embedding(residual);
        for (int i = 0; i < spec.Layers.Count; i++) Layer(i, spec.Layers[i], residual);
        Head(residual);
    }

    private int Buffer(string name, int width)
    {
        if (bufferIds.TryGetValue((name, width), out int id)) return id;
        bufferIds[(name, width)] = id = buffers.Count;
        buffers.Add(new PlanBuffer(name, width));
        return id;
    }

    private void Embedding(int residual)
    {
        EmbeddingSpec e = spec.Embedding;
        WeightMatrix table = embedding = Matrix("embedding", spec.VocabularySize, Hidden);
        WeightMatrix? positions = e.LearnedPositions > 0 ? Matrix("position_embedding", e.LearnedPositions, Hidden) : null;
        WeightMatrix? tokenTypes = e.TokenTypes > 0 ? Matrix("token_type_embedding", e.TokenTypes, Hidden) : null;
        var tap = new TapPoint(TapKind.Embedding);
        steps.Add(new EmbedStep(table, positions, tokenTypes, e, residual)
        {
            Name = "embed tokens → residual", Tap = e.Norm is null ? tap : null, TapBuffer = residual,
        });
        if (e.Norm is not null)
            steps.Add(new NormStep(Norm("embedding_norm", e.Norm, Hidden, -1), residual, residual) { Name = "norm residual", Tap = tap, TapBuffer = residual });
    }

    private void Layer(int i, LayerSpec layer, int residual)
    {
        int mixerInput = NormOrSame("mixer_norm", layer.MixerNorm, i, residual, "normed");
        int feedForwardInput = mixerInput;
        bool parallel = layer.Residual == ResidualTopology.Parallel, post = layer.Residual == ResidualTopology.PostNorm;
        if (parallel && layer.FeedForwardNorm is not null)
            feedForwardInput = NormOrSame("feed_forward_norm", layer.FeedForwardNorm, i, residual, "normed_2");

        if (layer.Attention is not null || layer.StateSpace is not null)
        {
            Branch target = Into(residual, layer.MixerPostNorm, layer.ResidualScale, post);
            if (layer.Attention is { } attention)
            {
                Attention(i, attention, mixerInput, target);
                target = target with { Accumulate = true };
            }

            if (layer.StateSpace is { } stateSpace) StateSpace(i, stateSpace, mixerInput, target);
            Join(target, "mixer_post_norm", layer.MixerPostNorm, i, residual, layer.ResidualScale, post,
                parallel || layer.FeedForward is null ? null : new TapPoint(TapKind.ResidualMiddle, i));
        }

        var end = new TapPoint(TapKind.Residual, i);
        if (layer.FeedForward is { } feedForward)
        {
            if (!parallel) feedForwardInput = NormOrSame("feed_forward_norm", layer.FeedForwardNorm, i, residual, "normed");
            Branch target = Into(residual, layer.FeedForwardPostNorm, layer.ResidualScale, post);
            FeedForward(i, feedForward, feedForwardInput, target);
            Join(target, "feed_forward_post_norm", layer.FeedForwardPostNorm, i, residual, layer.ResidualScale, post, null);
        }

        steps.Add(new TapStep { Name = $"layer.{i} end", Tap = end, TapBuffer = residual });
    }

    /// <summary>Where a branch's last matrix writes: straight into the residual stream, or apart where a norm comes first.</summary>
    private readonly record struct Branch(int Buffer, bool Accumulate, float Scale);

    private Branch Into(int residual, NormSpec? postNorm, float scale, bool normSum) =>
        postNorm is null || normSum ? new Branch(residual, true, scale) : new Branch(Buffer("branch", Hidden), false, 1);

    private void Join(Branch target, string role, NormSpec? norm, int layer, int residual, float scale, bool normSum, TapPoint? tap)
    {
        if (norm is not null && normSum)
        {
            steps.Add(new NormStep(Norm(role, norm, Hidden, layer), residual, residual) { Name = $"layer.{layer} norm residual" });
        }
        else if (norm is not null)
        {
            steps.Add(new NormStep(Norm(role, norm, Hidden, layer), target.Buffer, target.Buffer) { Name = $"layer.{layer} norm branch" });
            steps.Add(new AddStep(target.Buffer, residual, scale) { Name = $"layer.{layer} branch → residual" });
        }

        if (tap is not null) steps.Add(new TapStep { Name = $"layer.{layer} middle", Tap = tap, TapBuffer = residual });
    }

    private void Head(int residual)
    {
        FinalHidden = Buffer("outputs", Hidden);
        steps.Add(new GatherStep(residual, FinalHidden) { Name = "gather outputs", Tap = spec.FinalNorm is null ? new TapPoint(TapKind.FinalNorm) : null, TapBuffer = FinalHidden });
        if (spec.FinalNorm is not null)
            steps.Add(new NormStep(Norm("final_norm", spec.FinalNorm, Hidden, -1), FinalHidden, FinalHidden) { Name = "norm outputs", Tap = new TapPoint(TapKind.FinalNorm), TapBuffer = FinalHidden });
        if (spec.Head is not { } head) return;
        bool own = weights.Has("head") || !head.Tied;
        WeightMatrix matrix = own ? Matrix("head", spec.VocabularySize, Hidden) : embedding!;
        TokenBytes += (double)matrix.Rows * matrix.RowBytes;
        steps.Add(new HeadStep(matrix, weights.VectorOrNull("head.bias", spec.VocabularySize), head, FinalHidden)
        {
            Name = "logits", Tap = new TapPoint(TapKind.Logits),
        });
    }

    private int NormOrSame(string role, NormSpec? norm, int layer, int input, string output)
    {
        if (norm is null) return input;
        int target = Buffer(output, Hidden);
        steps.Add(new NormStep(Norm(role, norm, Hidden, layer), input, target) { Name = $"layer.{layer} norm → {output}" });
        return target;
    }

    private NormWeights Norm(string role, NormSpec norm, int size, int layer) =>
        new(norm, weights.VectorOrNull(role, size, layer), weights.VectorOrNull(role + ".bias", size, layer), size);

    private WeightMatrix Matrix(string role, int rows, int columns, int layer = -1, int expert = -1)
    {
        WeightMatrix matrix = weights.Matrix(role, rows, columns, layer, expert);
        types.Add(matrix.Type);
        if (layer >= 0)
        {
            double share = expert >= 0 && spec.Layers[layer].FeedForward?.Experts is { } x ? x.Used / (double)x.Count : 1;
            MatrixElements += share * rows * columns;
            TokenBytes += share * rows * matrix.RowBytes;
        }

        if (expert < 0) places[(role, layer)] = [new MatrixPlace(matrix, 0)];
        return matrix;
    }

    /// <summary>A bias, multiplied by what its product is multiplied by; 0 where there is none.</summary>
    private nint Bias(string role, int count, int layer, float scale = 1, int expert = -1)
    {
        float* bias = weights.VectorOrNull(role + ".bias", count, layer, expert);
        if (bias is not null && scale != 1) VectorRows.Scale(scale, bias, count);
        return (nint)bias;
    }

    /// <summary>Some rows of a matrix, which take its place.</summary>
    private WeightMatrix Part(string role, int layer, WeightMatrix whole, int begin, int rows)
    {
        var part = new WeightMatrix(whole.Type, rows, whole.Columns, whole.Data + begin * whole.RowBytes);
        List<MatrixPlace> parts = places[(role, layer)];
        parts.RemoveAll(p => p.Weight == whole);
        parts.Add(new MatrixPlace(part, begin));
        return part;
    }
}

/// <summary>A matrix that steps multiply with, and which rows it is of the matrix that the files have.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Begin">Its first row there.</param>
internal sealed record MatrixPlace(WeightMatrix Weight, int Begin);

/// <summary>Does nothing: a place for a tap where no single step ends.</summary>
internal sealed class TapStep : Step
{
    public override void Run(Workspace w)
    {
    }
}

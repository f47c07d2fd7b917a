using Candor.Kernels;
using Candor.Kernels.Limits;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>How a model in training uses memory and threads.</summary>
public sealed record TrainingModelOptions
{
    /// <summary>Threads; 0 (default) for as many as the machine has processors.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether layers keep only their input and compute the rest anew on the way back: a third more work, a fraction of the memory
    /// (Chen et al., arXiv:1604.06174). Default false.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>In what numbers matrices are multiplied. Default <see cref="TrainingPrecision.Float32"/>.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Whether no weight trains: a teacher or a reference, whose weights stay where they are stored. Default false.</summary>
    public bool Frozen { get; init; }
}

/// <summary>
/// A model that can be trained: the architecture of a <see cref="ModelSpec"/> with exact gradients, in float32 but for products in bfloat16 where that is asked for. Not thread-safe; it
/// uses several threads itself.
/// </summary>
public sealed unsafe class TrainingModel : IDisposable
{
    private readonly WorkerPool workers;
    private readonly Pass pass;
    private readonly EmbedOperation embed;
    private readonly LowRankEmbedOperation? lowEmbed;
    private readonly Slot? lowEmbedSlot, unnormed;
    private readonly Slot[] residuals;
    private readonly LayerGraph[] layers;
    private readonly Operation? finalNorm, embedNorm;
    private readonly Slot finalHidden;
    private readonly OutputLoss? loss;
    private readonly Dictionary<(RopeSpec, int), RopeAngles> ropes = [];
    private readonly RouterBalance balance;
    private readonly bool recompute;
    private NativeBuffer? memory;
    private float* innerStart, sharedValues;
    private int capacity;

    /// <summary>Prepares an architecture for training.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="parameters">Its weights; the model owns them from then on.</param>
    /// <param name="options">Memory and threads; null for the defaults.</param>
    /// <param name="adapters">Adapters, which the model owns from then on: only they train then, and what they name to be saved; null for none.</param>
    /// <param name="naming">The architecture as a Hugging Face folder has it, by whose names adapters find their modules; null where the model is one.</param>
    /// <exception cref="ModelSpecException">A part of the architecture cannot be trained yet.</exception>
    public TrainingModel(ModelSpec spec, ParameterSet parameters, TrainingModelOptions? options = null, AdapterSet? adapters = null, ModelSpec? naming = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(parameters);
        options ??= new TrainingModelOptions();
        (Spec, Parameters, Adapters, recompute) = (spec, parameters, adapters, options.Recompute || options.Frozen);
        workers = new WorkerPool(options.Threads);
        pass = new Pass(workers);
        pass.Gemm.Precision = options.Precision switch
        {
            TrainingPrecision.Float32 => ProductPrecision.Float32,
            TrainingPrecision.Bfloat16 => ProductPrecision.BFloat16,
            _ => FasterPrecision.Measured,
        };
        bool own = spec.Head is { Tied: false } || parameters.HasOwn("head");
        if (adapters is not null)
        {
            adapters.Bind(spec, naming ?? spec, !own);
            parameters.TrainOnly(adapters.Saves);
        }

        if (options.Frozen) parameters.TrainOnly((_, _) => false);
        balance = new RouterBalance(spec.Layers.Count, spec.Layers.Max(l => l.FeedForward?.Experts?.Count ?? 0));
        int width = spec.HiddenSize;
        residuals = [.. Enumerable.Range(0, spec.Layers.Count + 1).Select(i => new Slot($"residual.{i}", width))];
        Parameter table = parameters.Matrix("embedding", spec.VocabularySize, width);
        Parameter? positions = spec.Embedding.LearnedPositions > 0 ? parameters.Matrix("position_embedding", spec.Embedding.LearnedPositions, width) : null;
        Parameter? types = spec.Embedding.TokenTypes > 0 ? parameters.Matrix("token_type_embedding", spec.Embedding.TokenTypes, width) : null;
        Slot embedded = residuals[0];
        if (spec.Embedding.Norm is { } first)
        {
            embedded = unnormed = new Slot("embedded", width);
            embedNorm = new NormOperation(first, embedded, parameters.VectorOrNull("embedding_norm", width), parameters.VectorOrNull("embedding_norm.bias", width), residuals[0], width);
        }

        embed = new EmbedOperation(spec.Embedding, table, positions, types, embedded);
        if (adapters?.LowRank("embedding", -1, table) is { } lowTable)
        {
            lowEmbedSlot = new Slot("embedding.low", lowTable.Adapter.Rank);
            lowEmbed = new LowRankEmbedOperation(adapters, embed, lowTable, spec.Embedding.Scale, lowEmbedSlot, embedded);
        }

        var compiler = new LayerCompiler(spec, parameters, Rope, balance, adapters);
        layers = [.. spec.Layers.Select((_, i) => compiler.Compile(i, residuals[i], residuals[i + 1]))];
        finalHidden = residuals[^1];
        if (spec.FinalNorm is { } norm)
        {
            finalHidden = new Slot("final", width);
            finalNorm = new NormOperation(norm, residuals[^1], parameters.VectorOrNull("final_norm", width), parameters.VectorOrNull("final_norm.bias", width), finalHidden, width);
        }

        if (spec.Head is { } head)
        {
            Parameter output = own ? parameters.Matrix("head", spec.VocabularySize, width) : table;
            loss = new OutputLoss(head, output, finalHidden, adapters, own ? adapters?.LowRank("head", -1, output) : null);
        }

        adapters?.LoadSaved(parameters);
    }

    /// <summary>The architecture.</summary>
    public ModelSpec Spec { get; }

    /// <summary>The weights.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Low-rank adapters, or null.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>All that trains: weights that are not frozen, and adapters.</summary>
    public IEnumerable<Parameter> Trained => Parameters.All.Where(p => p.Trains).Concat(Adapters?.Parameters ?? []);

    /// <summary>Noise on the embeddings of the next batches, [rows, width]; null (default) for none.</summary>
    public float[]? EmbeddingNoise
    {
        get => embed.Noise;
        set => embed.Noise = value;
    }

    /// <summary>Factor on the loss that makes routers share tokens evenly among experts; its gradients are added to each batch's. Default 0.</summary>
    public double RouterLossWeight
    {
        get => balance.Weight;
        set => balance.Weight = value;
    }

    /// <summary>That loss of the last batch, without its factor: as many as experts used where all are even; 0 where there are no experts.</summary>
    public double RouterLoss => balance.Experts == 0 ? 0 : balance.Loss();

    /// <summary>In what numbers it multiplies matrices.</summary>
    public ProductPrecision Precision => pass.Gemm.Precision;

    /// <summary>Threads that share the work.</summary>
    public int Threads => workers.Threads;

    private OutputLoss Output => loss ?? throw new ModelSpecException("the model has no output matrix: it makes embeddings, and cannot learn to foretell tokens");

    /// <summary>The pool that optimizers share.</summary>
    internal Pass Pass => pass;

    /// <summary>The sum of −ln p over a batch's targets; adds to the gradients.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="factor">Factor on the gradients: 1 / targets of the whole step, over all batches that make it up. 0: no gradients.</param>
    public double Run(TrainingBatch batch, float factor) => Run(batch, TokenLoss.Plain, factor);

    /// <summary>The sum of a loss over a batch's targets; adds to the gradients.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="objective">What each row with a target costs.</param>
    /// <param name="factor">Factor on the gradients. 0: no gradients.</param>
    public double Run(TrainingBatch batch, LogitLoss objective, float factor)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(objective);
        Prepare(batch);
        Forward();
        return factor == 0 ? Output.Run(pass, batch.Targets, objective, 0, null) : Back(batch, objective, factor);
    }

    /// <summary>ln p of each row's target; 0 where a row has none.</summary>
    public float[] LogProbabilities(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Prepare(batch);
        Forward();
        var each = new float[pass.Rows];
        Output.Run(pass, batch.Targets, TokenLoss.Plain, 0, each);
        for (int i = 0; i < each.Length; i++) each[i] = -each[i];
        return each;
    }

    /// <summary>The way back of the batch that went through last, with any loss; adds to the gradients and returns the sum of the loss.</summary>
    /// <param name="batch">The same batch.</param>
    /// <param name="objective">What each row with a target costs.</param>
    /// <param name="factor">Factor on the gradients.</param>
    public double Back(TrainingBatch batch, LogitLoss objective, float factor)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(objective);
        Clear();
        double sum = Output.Run(pass, batch.Targets, objective, factor, null);
        BackFromFinal();
        return sum;
    }

    /// <summary>Logits after every row, [rows, vocabulary].</summary>
    public float[] Logits(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Prepare(batch);
        Forward();
        var logits = new float[pass.Rows * Spec.VocabularySize];
        Output.Logits(pass, 0, pass.Rows, logits);
        return logits;
    }

    /// <summary>Gives back the memory that batches went through; the next one takes it again.</summary>
    public void Rest()
    {
        memory?.Dispose();
        memory = null;
        capacity = 0;
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        foreach (Parameter p in Trained) p.Gradients.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pass.Dispose();
        memory?.Dispose();
        loss?.Dispose();
        foreach (RopeAngles angles in ropes.Values) angles.Dispose();
        Parameters.Dispose();
        Adapters?.Dispose();
        workers.Dispose();
    }

    /// <summary>A batch's way through all layers and the last norm; the values stay until the next batch.</summary>
    internal Slot RunToFinal(TrainingBatch batch)
    {
        Prepare(batch);
        Forward();
        return finalHidden;
    }

    /// <summary>The way back of the batch that went through last, from gradients that are put into the last hidden values.</summary>
    internal void BackFromFinal(Action<Slot> put)
    {
        Clear();
        put(finalHidden);
        BackFromFinal();
    }

    private void BackFromFinal()
    {
        finalNorm?.Backward(pass);
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            PlaceLayer(i);
            if (recompute) layers[i].Forward(pass);
            else layers[i].Restore(pass);
            Clear(layers[i].Input);
            ClearLayer(layers[i]);
            layers[i].Backward(pass);
        }

        if (unnormed is not null)
        {
            Clear(unnormed);
            embedNorm!.Backward(pass);
        }

        lowEmbed?.Backward(pass);
        embed.Backward(pass);
    }

    private void Prepare(TrainingBatch batch)
    {
        if (batch.Tokens.Count == 0 || batch.Targets.Count != batch.Tokens.Count) throw new ModelInputException("a batch needs rows, and a target for each");
        foreach (int token in batch.Tokens.Concat(batch.Targets.Where(t => t != -1)))
            if ((uint)token >= (uint)Spec.VocabularySize) throw new ModelInputException($"token id {token} is outside the vocabulary of {Spec.VocabularySize}");
        if (batch.TokenTypes.Count > 0 && (batch.TokenTypes.Count != batch.Tokens.Count || batch.TokenTypes.Any(t => (uint)t >= (uint)Spec.Embedding.TokenTypes)))
            throw new ModelInputException($"token types, where there are any, are given to every row, and below the {Spec.Embedding.TokenTypes} of the model");
        (pass.Rows, pass.Segments, embed.Tokens, embed.Types) = (batch.Tokens.Count, batch.Segments, batch.Tokens, batch.TokenTypes);
        Reserve(batch.Tokens.Count);
    }

    private void Forward()
    {
        embed.Forward(pass);
        lowEmbed?.Forward(pass);
        embedNorm?.Forward(pass);
        for (int i = 0; i < layers.Length; i++)
        {
            PlaceLayer(i);
            layers[i].Forward(pass);
        }

        finalNorm?.Forward(pass);
    }

    /// <summary>
    /// Memory: residual streams and, unless layers are computed anew, the inner values of every layer that its way back needs; gradients of one
    /// layer at a time, and of the residual stream before and behind it.
    /// </summary>
    private void Reserve(int rows)
    {
        if (rows <= capacity) return;
        capacity = rows;
        long floats = residuals.Sum(s => s.Padded(rows)) + (2 * residuals[0].Padded(rows)) + (2 * finalHidden.Padded(rows)) + (2 * (lowEmbedSlot?.Padded(rows) ?? 0)) + (2 * (unnormed?.Padded(rows) ?? 0));
        long inner = layers.Max(l => l.Inner.Sum(s => s.Padded(rows))), passing = layers.Max(l => l.Passing.Sum(s => s.Padded(rows)));
        floats += inner + (recompute ? inner : passing + layers.Sum(l => l.Kept.Sum(s => s.Padded(rows))));
        memory?.Dispose();
        memory = new NativeBuffer(floats * sizeof(float));
        float* at = (float*)memory.Pointer;
        foreach (Slot slot in residuals) at = slot.PlaceValue(at, rows);
        for (int i = 0; i < residuals.Length; i++) residuals[i].PlaceGradient(at + (i % 2 * residuals[0].Padded(rows)), rows);
        at += 2 * residuals[0].Padded(rows);
        if (finalNorm is not null) at = finalHidden.PlaceGradient(finalHidden.PlaceValue(at, rows), rows);
        if (unnormed is not null) at = unnormed.PlaceGradient(unnormed.PlaceValue(at, rows), rows);
        if (lowEmbedSlot is not null) at = lowEmbedSlot.PlaceGradient(lowEmbedSlot.PlaceValue(at, rows), rows);
        innerStart = at;
        sharedValues = at + inner;
        foreach (LayerGraph layer in layers) PlaceGradients(layer);
        if (recompute) return;
        float* kept = sharedValues + passing;
        foreach (LayerGraph layer in layers)
        {
            float* shared = sharedValues;
            foreach (Slot slot in layer.Passing) shared = slot.PlaceValue(shared, rows);
            foreach (Slot slot in layer.Kept) kept = slot.PlaceValue(kept, rows);
        }
    }

    private void PlaceGradients(LayerGraph layer)
    {
        float* at = innerStart;
        foreach (Slot slot in layer.Inner) at = slot.PlaceGradient(at, capacity);
    }

    private void PlaceLayer(int index)
    {
        if (!recompute) return;
        float* at = sharedValues;
        foreach (Slot slot in layers[index].Inner) at = slot.PlaceValue(at, capacity);
    }

    private void Clear()
    {
        Clear(residuals[^1]);
        if (finalNorm is not null) Clear(finalHidden);
    }

    private void ClearLayer(LayerGraph layer)
    {
        foreach (Slot slot in layer.Inner) Clear(slot);
    }

    private void Clear(Slot slot) => pass.RunRows((begin, end, _) => new Span<float>(slot.GradientAt(begin), (end - begin) * slot.Width).Clear());

    private RopeAngles? Rope(AttentionSpec a)
    {
        if (a.Rope is not { } rope) return null;
        int size = a.Latent?.RopeSize ?? (rope.Size == 0 ? a.HeadSize : rope.Size);
        if (ropes.TryGetValue((rope, size), out RopeAngles? made)) return made;
        made = new RopeAngles(new RopeFrequencies(rope, size, Factors(rope.Scaling?.Kind == RopeScalingKind.LongRope ? "rope_factors_short" : "rope_factors", size / 2), Factors("rope_factors_long", size / 2)));
        return ropes[(rope, size)] = made;
    }

    private double[]? Factors(string role, int count) => Parameters.Numbers(role, count)?.Select(x => (double)x).ToArray();
}

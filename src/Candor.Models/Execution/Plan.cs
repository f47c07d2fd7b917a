using System.Collections.Concurrent;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>How a plan computes.</summary>
public sealed record PlanOptions
{
    /// <summary>How activations are held while quantized weights are multiplied. Default: automatic.</summary>
    public ActivationMode Activations { get; init; }

    /// <summary>How keys and values are cached. Default: half precision with 8-bit activations, float32 with float ones.</summary>
    public KeyValueType KeyValues { get; init; }

    /// <summary>
    /// Whether quantized weights are copied into the layout of this processor's fastest kernels, where it has such: as much memory again, but
    /// the file's pages are given back. Weights of more than three quarters of the memory are left where they are. Default true.
    /// </summary>
    public bool Pack { get; init; } = true;

    /// <summary>Threads; 0 (default) means as many as the machine has processors.</summary>
    public int Threads { get; init; }
}

/// <summary>How keys and values are cached.</summary>
public enum KeyValueType
{
    /// <summary>As fits the activations.</summary>
    Auto,
    /// <summary>IEEE half precision.</summary>
    F16,
    /// <summary>Float32.</summary>
    F32,
    /// <summary>Blocks of 32 of 8 bits and a scale: about half of half precision's memory, with hardly any loss.</summary>
    Q8_0,
    /// <summary>Blocks of 32 of 4 bits and a scale: under a third of half precision's memory, with a loss to be measured first.</summary>
    Q4_0,
}

/// <summary>
/// A model compiled once into a list of fused steps over named buffers. The same list runs prefill, decode and batches of
/// sequences of different lengths. Thread-safe: runs on several threads share the weights, each with its own workspace.
/// </summary>
public sealed unsafe class Plan : IDisposable
{
    private readonly ModelWeights weights;
    private readonly List<IDisposable> resources;
    private readonly ConcurrentBag<Workspace> idle = [];
    private readonly Step[] steps;
    private readonly int finalHidden;

    internal Plan(ModelSpec spec, ModelWeights weights, PlanOptions options, PlanCompiler compiler)
    {
        (Spec, Options) = (spec, options);
        this.weights = weights;
        steps = [.. compiler.Steps];
        Buffers = compiler.Buffers;
        resources = compiler.Resources;
        Places = compiler.Places;
        finalHidden = compiler.FinalHidden;
        (MatrixElements, TokenBytes) = (compiler.MatrixElements, compiler.TokenBytes);
        Pool = new WorkerPool(options.Threads);
        CacheType = options.KeyValues switch
        {
            KeyValueType.F32 => ElementType.F32,
            KeyValueType.F16 => ElementType.F16,
            KeyValueType.Q8_0 => ElementType.Q8_0,
            KeyValueType.Q4_0 => ElementType.Q4_0,
            _ => compiler.RoundsActivations(options.Activations) ? ElementType.F16 : ElementType.F32,
        };
        if (!options.Pack || options.Activations == ActivationMode.F32 || !PackedWeights.AreOfUse || !WeightMemory.HasRoomFor(WeightBytes)) return;
        resources.Add(PackedWeights.Of(Steps.SelectMany(s => s.Matrices), Pool, weight => weights.Store.Forget(weight.Data, weight.RowBytes * weight.Rows)));
    }

    /// <summary>The architecture.</summary>
    public ModelSpec Spec { get; }

    /// <summary>How it computes.</summary>
    public PlanOptions Options { get; }

    /// <summary>Most tokens of one slice that are worth running at once; longer prompts are best run in pieces of this size.</summary>
    public static int PreferredRows => 512;

    /// <summary>Bytes that one token's keys and values take.</summary>
    public long CacheBytesPerToken => Spec.Layers.Sum(l => l.Attention is { } a
        ? (long)a.KeyValueHeads * (CachePanels.Bytes(CacheType, a.HeadSize) + CachePanels.Bytes(CacheType, a.ValueSize)) / CachePanels.Positions : 0);

    /// <summary>Threads that run it.</summary>
    public int Threads => Pool.Threads;

    /// <summary>Bytes of the weights, as stored.</summary>
    public long WeightBytes => weights.Store.Tensors.Values.Sum(t => t.ByteLength);

    /// <summary>Elements of the layers' matrices that a token of a prompt is multiplied by: of experts those that it chooses; the output matrix is left out.</summary>
    public double MatrixElements { get; }

    /// <summary>Bytes, as stored, of the matrices that a generated token is multiplied by: of experts those that it chooses, and the output matrix.</summary>
    public double TokenBytes { get; }

    /// <summary>How keys and values are held.</summary>
    internal ElementType CacheType { get; }

    internal IEnumerable<Formats.StoredTensor> Tensors => weights.Store.Tensors.Values;

    /// <summary>Where the matrices of layers are, by role.</summary>
    internal IReadOnlyDictionary<(string Role, int Layer), List<MatrixPlace>> Places { get; }

    internal IReadOnlyList<Step> Steps => steps;

    internal IReadOnlyList<PlanBuffer> Buffers { get; }

    internal WorkerPool Pool { get; }

    /// <summary>Compiles a model. The plan owns the weights from then on.</summary>
    /// <exception cref="ModelSpecException">The spec contradicts itself.</exception>
    /// <exception cref="Formats.ModelFormatException">A weight is missing or of a wrong shape.</exception>
    public static Plan Compile(ModelSpec spec, ModelWeights weights, PlanOptions? options = null)
    {
        SpecValidator.Check(spec);
        weights.Store.EnsureIntact();
        var compiler = new PlanCompiler(spec, weights);
        compiler.Compile();
        return new Plan(spec, weights, options ?? new PlanOptions(), compiler);
    }

    /// <summary>The steps, one line each: what runs for a batch, in order.</summary>
    public IReadOnlyList<string> Describe() => [.. Steps.Select(s => s.Name)];

    /// <summary>
    /// Whether a sequence must be read again from its start when it grows from one length to another: where long rope
    /// changes its factors for the whole sequence (Phi-3).
    /// </summary>
    public bool MustRestart(int past, int total) => past > 0 && Spec.Layers.Any(l =>
        l.Attention?.Rope?.Scaling is { Kind: RopeScalingKind.LongRope, Restart: true } s && past <= s.OriginalContext && total > s.OriginalContext);

    /// <summary>An empty memory for a new sequence.</summary>
    public SequenceState CreateState()
    {
        var caches = new KeyValueCache?[Spec.Layers.Count];
        var states = new RecurrentState?[Spec.Layers.Count];
        for (int i = 0; i < caches.Length; i++)
        {
            if (Spec.Layers[i].Attention is { } a)
                caches[i] = new KeyValueCache(a.KeyValueHeads, a.HeadSize, a.ValueSize, CacheType);
            if (Spec.Layers[i].StateSpace is { } s)
                states[i] = new RecurrentState((s.ConvolutionSize - 1) * s.ConvolutionWidth, s.InnerSize * s.StateSize);
        }

        return new SequenceState(caches, states);
    }

    /// <summary>Runs a batch; afterwards its sequences are longer by their tokens.</summary>
    /// <param name="batch">One or more tokens.</param>
    /// <param name="logits">Receives logits, [outputs, vocabulary]; empty where none are wanted.</param>
    /// <param name="hidden">Receives the final hidden states of the output rows, [outputs, hidden]; empty where none are wanted.</param>
    /// <param name="hook">Sees or changes values on the way; null for none.</param>
    /// <exception cref="ModelInputException">An id is outside the vocabulary, logits are asked of a model without an output layer, or a sequence becomes longer than the position table.</exception>
    /// <exception cref="Formats.ModelFormatException">The model's file was cut short meanwhile.</exception>
    public void Run(Batch batch, Span<float> logits = default, Span<float> hidden = default, PlanHook? hook = null)
    {
        Check(batch);
        if (!logits.IsEmpty && Spec.Head is null) throw new ModelInputException($"{Spec.Architecture} has no output layer: it gives hidden states, no logits");
        weights.Store.EnsureIntact();
        foreach (BatchSlice slice in batch.SliceList) slice.State.Reserve(slice.Past + slice.Count);
        if (!idle.TryTake(out Workspace? w)) w = new Workspace(this);
        try
        {
            w.Begin(batch, hook);
            foreach (Step step in steps)
            {
                step.Run(w);
                if (hook is not null && step.Tap is { } tap && hook.Wants(tap)) Notify(w, step, tap, hook);
            }

            foreach (BatchSlice slice in batch.SliceList) slice.State.Length = slice.Past + slice.Count;
            if (!logits.IsEmpty) new ReadOnlySpan<float>(w.Logits, checked(batch.Outputs.Count * Spec.VocabularySize)).CopyTo(logits);
            if (!hidden.IsEmpty) new ReadOnlySpan<float>(w.Row(finalHidden, 0), checked(batch.Outputs.Count * Spec.HiddenSize)).CopyTo(hidden);
        }
        finally
        {
            w.End();
            idle.Add(w);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (idle.TryTake(out Workspace? w)) w.Dispose();
        Pool.Dispose();
        foreach (IDisposable resource in resources) resource.Dispose();
        weights.Dispose();
    }

    private static void Notify(Workspace w, Step step, TapPoint tap, PlanHook hook)
    {
        if (tap.Kind == TapKind.Logits)
        {
            int vocabulary = w.VocabularySize;
            hook.OnTap(tap, w.Batch, new TapValues(w.Logits, vocabulary, w.Rows, vocabulary));
            return;
        }

        ActivationRows buffer = w.Buffer(step.TapBuffer);
        hook.OnTap(tap, w.Batch, new TapValues(buffer.Values, buffer.Columns, w.Rows, buffer.Columns));
        buffer.MarkChanged();
    }

    private void Check(Batch batch)
    {
        if (batch.Count == 0) throw new ModelInputException("a batch needs at least one token");
        foreach (int id in batch.TokenList)
            if ((uint)id >= (uint)Spec.VocabularySize)
                throw new ModelInputException($"token id {id} is outside the vocabulary of {Spec.VocabularySize}");
        if (Spec.Embedding.TokenTypes > 0)
            foreach (int type in batch.TypeList)
                if ((uint)type >= (uint)Spec.Embedding.TokenTypes)
                    throw new ModelInputException($"token type {type} is outside the {Spec.Embedding.TokenTypes} that the model has");
        int table = Spec.Embedding.LearnedPositions - Spec.Embedding.PositionOffset;
        if (Spec.Embedding.LearnedPositions == 0) return;
        foreach (BatchSlice slice in batch.SliceList)
            if (slice.Past + slice.Count > table)
                throw new ModelInputException($"{slice.Past + slice.Count} tokens; the model has positions for {table}");
    }
}

/// <summary>A named buffer: rows of so many floats.</summary>
internal readonly record struct PlanBuffer(string Name, int Width);

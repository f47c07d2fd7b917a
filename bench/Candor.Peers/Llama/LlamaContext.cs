namespace Candor.Peers.Llama;

/// <summary>What can be chosen for a context; the defaults are those of llama.cpp's own bench.</summary>
/// <param name="Threads">Threads for single tokens and for batches.</param>
/// <param name="Length">Positions that the cache holds.</param>
/// <param name="Batch">Most tokens of one call and of one pass through the graph.</param>
/// <param name="FlashAttention">When flash attention is used.</param>
/// <param name="CacheType">Element type of keys and values.</param>
/// <param name="AllLogits">Keep the logits of every position, not only of the last.</param>
/// <param name="Sequences">Sequences that the cache holds.</param>
internal sealed record ContextOptions(
    int Threads,
    int Length,
    int Batch = 512,
    FlashAttention FlashAttention = FlashAttention.Auto,
    CacheType CacheType = CacheType.F16,
    bool AllLogits = false,
    int Sequences = 1);

/// <summary>
/// A context of llama.cpp with its own threads, which spin between passes as those of its bench do
/// (without them the library starts threads anew for every pass).
/// </summary>
internal sealed unsafe class LlamaContext : IDisposable
{
    private readonly ContextOptions options;
    private readonly delegate* unmanaged<nint, void> freePool;
    private readonly sbyte[] outputs;
    private nint handle, pool;

    /// <exception cref="LlamaException">llama.cpp cannot make the context.</exception>
    public LlamaContext(LlamaModel model, ContextOptions options)
    {
        this.options = options;
        outputs = new sbyte[options.Batch];
        Array.Fill(outputs, (sbyte)1);

        ContextParameters parameters = Native.llama_context_default_params();
        parameters.Context = (uint)options.Length;
        parameters.Batch = parameters.MicroBatch = (uint)options.Batch;
        parameters.Threads = parameters.ThreadsBatch = options.Threads;
        parameters.FlashAttention = options.FlashAttention;
        parameters.MaximumSequences = (uint)options.Sequences;
        parameters.KeyType = parameters.ValueType = options.CacheType;
        if (options.Sequences > 1) parameters.MaximumOutputs = (uint)options.Sequences;
        if (options.AllLogits) parameters.MaximumOutputs = parameters.MaximumOutputsPerSequence = (uint)options.Batch;
        handle = Native.llama_init_from_model(model.Handle, parameters);
        if (handle == 0) throw new LlamaException("llama.cpp cannot make a context (--verbose says why)");

        nint registry = Native.ggml_backend_reg_by_name("CPU");
        var newPool = (delegate* unmanaged<ThreadPoolParameters*, nint>)Native.ggml_backend_reg_get_proc_address(registry, "ggml_threadpool_new");
        freePool = (delegate* unmanaged<nint, void>)Native.ggml_backend_reg_get_proc_address(registry, "ggml_threadpool_free");
        ThreadPoolParameters threads;
        Native.ggml_threadpool_params_init(&threads, options.Threads);
        pool = newPool(&threads);
        if (pool == 0) throw new LlamaException($"llama.cpp cannot start {options.Threads} threads");
        Native.llama_attach_threadpool(handle, pool, 0);
    }

    /// <summary>Forgets all tokens.</summary>
    public void Clear() => Native.llama_memory_clear(Native.llama_get_memory(handle), 0);

    /// <summary>Runs tokens after those that ran before and waits for the end.</summary>
    /// <param name="ids">At most <see cref="ContextOptions.Batch"/> of them.</param>
    /// <exception cref="LlamaException">llama.cpp refuses them.</exception>
    public void Decode(ReadOnlySpan<int> ids)
    {
        fixed (int* tokens = ids)
        fixed (sbyte* all = outputs)
        {
            var batch = new Batch { Count = ids.Length, Tokens = tokens, Outputs = options.AllLogits ? all : null };
            int result = Native.llama_decode(handle, batch);
            if (result != 0) throw new LlamaException($"llama.cpp cannot run {ids.Length} tokens: llama_decode says {result}");
            Native.llama_synchronize(handle);
        }
    }

    /// <summary>Forgets a sequence's tokens from a position on.</summary>
    /// <exception cref="LlamaException">llama.cpp cannot cut it there.</exception>
    public void Cut(int sequence, int position)
    {
        if (Native.llama_memory_seq_rm(Native.llama_get_memory(handle), sequence, position, -1) == 0) throw new LlamaException($"llama.cpp cannot cut a sequence at {position}");
    }

    /// <summary>Runs one token of each of several sequences, with logits for each, and waits for the end.</summary>
    /// <param name="ids">A token of each sequence.</param>
    /// <param name="position">Their position.</param>
    /// <exception cref="LlamaException">llama.cpp refuses them.</exception>
    public void Decode(ReadOnlySpan<int> ids, int position)
    {
        int* positions = stackalloc int[ids.Length], counts = stackalloc int[ids.Length], sequences = stackalloc int[ids.Length];
        int** lists = stackalloc int*[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            (positions[i], counts[i], sequences[i]) = (position, 1, i);
            lists[i] = sequences + i;
        }

        fixed (int* tokens = ids)
        fixed (sbyte* all = outputs)
        {
            var batch = new Batch { Count = ids.Length, Tokens = tokens, Positions = positions, SequenceCounts = counts, Sequences = lists, Outputs = all };
            int result = Native.llama_decode(handle, batch);
            if (result != 0) throw new LlamaException($"llama.cpp cannot run {ids.Length} sequences: llama_decode says {result}");
            Native.llama_synchronize(handle);
        }
    }

    /// <summary>Logits of the last <see cref="Decode"/>, <c>[rows, vocabulary]</c>; valid until the next one.</summary>
    public ReadOnlySpan<float> Logits(int rows, int vocabulary) => new(Native.llama_get_logits(handle), checked(rows * vocabulary));

    public void Dispose()
    {
        if (handle == 0) return;
        Native.llama_detach_threadpool(handle);
        Native.llama_free(handle);
        freePool(pool);
        handle = pool = 0;
    }
}

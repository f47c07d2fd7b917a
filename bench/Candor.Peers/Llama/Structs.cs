using System.Runtime.InteropServices;

namespace Candor.Peers.Llama;

// The structs of llama.cpp v0.5.0, field by field. They change between releases without notice, so LlamaLibrary checks
// the release and the default values before anything else is called.

/// <summary><c>llama_model_params</c>: how a model is loaded. 80 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModelParameters
{
    public nint Devices;
    public nint TensorBufferOverrides;
    public int GpuLayers;
    public int SplitMode;
    public int LoadMode;
    public int LazyMode;
    public int MainGpu;
    public nint TensorSplit;
    public nint ProgressCallback;
    public nint ProgressCallbackData;
    public nint MetadataOverrides;
    public byte VocabularyOnly;
    public byte CheckTensors;
    public byte UseExtraBufferTypes;
    public byte NoHost;
    public byte NoAllocation;
    public byte LoadMtp;
}

/// <summary><c>llama_context_params</c>: how a context runs. 160 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ContextParameters
{
    public uint Context;
    public uint Batch;
    public uint MicroBatch;
    public uint MaximumSequences;
    public uint RecurrentSnapshots;
    public uint MaximumOutputs;
    public uint MaximumOutputsPerSequence;
    public int Threads;
    public int ThreadsBatch;
    public int ContextType;
    public int RopeScalingType;
    public int PoolingType;
    public int AttentionType;
    public FlashAttention FlashAttention;
    public float RopeFrequencyBase;
    public float RopeFrequencyScale;
    public float YarnExtensionFactor;
    public float YarnAttentionFactor;
    public float YarnBetaFast;
    public float YarnBetaSlow;
    public uint YarnOriginalContext;
    public float DefragmentThreshold;
    public nint EvaluationCallback;
    public nint EvaluationCallbackData;
    public CacheType KeyType;
    public CacheType ValueType;
    public nint AbortCallback;
    public nint AbortCallbackData;
    public byte Embeddings;
    public byte OffloadCache;
    public byte NoPerformance;
    public byte OffloadOperations;
    public byte FullSlidingWindow;
    public byte UnifiedCache;
    public nint Samplers;
    public nuint SamplerCount;
    public nint OtherContext;
}

/// <summary><c>llama_batch</c>: tokens for one call. 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Batch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public sbyte* Outputs;
}

/// <summary><c>ggml_threadpool_params</c>: 528 bytes, most of them a mask of processors.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ThreadPoolParameters
{
    public fixed byte ProcessorMask[512];
    public int Threads;
    public int Priority;
    public uint Poll;
    public byte StrictProcessors;
    public byte Paused;
}

/// <summary>When flash attention is used.</summary>
internal enum FlashAttention
{
    Auto = -1,
    Off = 0,
    On = 1,
}

/// <summary>Element types of the cache that are measured here, as ggml numbers them.</summary>
internal enum CacheType
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q8_0 = 8,
}

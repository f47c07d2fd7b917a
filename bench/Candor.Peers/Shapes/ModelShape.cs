using Candor.Formats;

namespace Candor.Peers.Shapes;

/// <summary>The shape of a model whose weights are made up.</summary>
/// <param name="Architecture">As GGUF files name it.</param>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Layers">Layers.</param>
internal abstract record ModelShape(string Architecture, int Hidden, int Layers)
{
    /// <summary>The shapes that there are, by name.</summary>
    public static IReadOnlyDictionary<string, ModelShape> All { get; } = new Dictionary<string, ModelShape>(StringComparer.Ordinal)
    {
        ["135m"] = new LlamaShape(576, 30, 9, 3, 1536, 10000), ["1.1b"] = new LlamaShape(2048, 22, 32, 4, 5632, 10000), ["3b"] = new LlamaShape(3072, 26, 24, 8, 8192, 500000),
        ["mistral-1b"] = new LlamaShape(4096, 5, 32, 8, 14336, 10000) { Window = 4096 },
        ["mixtral-1b"] = new LlamaShape(2048, 10, 32, 8, 7168, 1000000) { Experts = 8, Used = 2 },
        ["falcon-1b"] = new FalconShape(4544, 4, 71), ["mamba-1b"] = new MambaShape(2048, 40, 16, 4),
    };

    /// <summary>Metadata besides the width and the number of layers, by name behind the architecture's.</summary>
    protected abstract IEnumerable<(string Key, GgufValue Value)> Numbers { get; }

    /// <summary>Tensors of a layer.</summary>
    protected abstract IEnumerable<TensorSource> Layer(string prefix);

    /// <summary>Tensors behind the last layer, but for the output matrix.</summary>
    protected virtual IEnumerable<TensorSource> End => [RandomTensors.Vector("output_norm.weight", Hidden, 1)];

    /// <summary>Writes a model, in half precision, with the tokenizer of another.</summary>
    public void Write(GgufFile tokenizer, string path)
    {
        var metadata = new GgufMetadata { ["general.architecture"] = GgufValue.Of(Architecture), ["general.name"] = GgufValue.Of("random weights"), ["general.file_type"] = GgufValue.Of(1u) };
        metadata[Architecture + ".embedding_length"] = GgufValue.Of((uint)Hidden);
        metadata[Architecture + ".block_count"] = GgufValue.Of((uint)Layers);
        metadata[Architecture + ".context_length"] = GgufValue.Of(8192u);
        foreach ((string key, GgufValue value) in Numbers) metadata[$"{Architecture}.{key}"] = value;
        foreach ((string key, GgufValue value) in tokenizer.Metadata)
            if (key.StartsWith("tokenizer.", StringComparison.Ordinal)) metadata[key] = value;
        long vocabulary = tokenizer.Tensors["token_embd.weight"].Shape[0];
        List<TensorSource> tensors = [RandomTensors.Matrix("token_embd", vocabulary, Hidden), .. End, RandomTensors.Matrix("output", vocabulary, Hidden)];
        for (int i = 0; i < Layers; i++) tensors.AddRange(Layer($"blk.{i}."));
        GgufWriter.Write(path, metadata, tensors);
    }
}

using System.Numerics.Tensors;
using Candor.Formats;
using Candor.Models;

namespace Candor.Inference;

/// <summary>A text as a vector.</summary>
/// <param name="Vector">The embedding.</param>
/// <param name="Tokens">Tokens of the text that were read.</param>
/// <param name="CutTokens">Tokens that did not fit and were left out.</param>
public sealed record TextEmbedding(float[] Vector, int Tokens, int CutTokens);

/// <summary>
/// Makes one vector of a text: token vectors after the last layer, pooled and perhaps scaled to length 1, as the model's
/// publisher configured it. Thread-safe.
/// </summary>
public sealed class Embedder
{
    private readonly LanguageModel model;
    private readonly IReadOnlyList<PoolingMode> pooling;
    private readonly bool normalize;

    /// <summary>Reads how from the model's files: sentence-transformers' modules in a folder, <c>pooling_type</c> in GGUF (whose vectors have length 1).</summary>
    /// <param name="model">The model; its owner disposes it.</param>
    /// <exception cref="ModelFormatException">A file is damaged, or asks for something unknown.</exception>
    public Embedder(LanguageModel model)
    {
        this.model = model;
        SentenceModules? modules = model.Folder?.ReadSentenceModules();
        bool gguf = model.Folder is null;
        PoolingMode fallback = model.Spec.Causal ? PoolingMode.LastToken : PoolingMode.Mean;
        pooling = modules is { Pooling.Count: > 0 } ? modules.Pooling : [gguf ? model.GgufPooling ?? fallback : fallback];
        normalize = modules?.Normalize ?? gguf;
        MaxTokens = modules?.MaxTokens ?? model.Spec.ContextLength;
        if (model.Spec.Embedding.LearnedPositions is > 0 and int table) MaxTokens = Math.Min(MaxTokens, table - model.Spec.Embedding.PositionOffset);
    }

    /// <summary>Most tokens of a text, special ones included; 0 for no limit.</summary>
    public int MaxTokens { get; }

    /// <summary>Elements of a vector.</summary>
    public int Dimensions => pooling.Count * model.Spec.HiddenSize;

    /// <summary>Embeds one text.</summary>
    /// <param name="text">Any text; cut where it is too long, its last special token kept.</param>
    public TextEmbedding Embed(string text)
    {
        int[] ids = model.Tokenizer.Encode(text, addSpecial: true);
        int cut = MaxTokens > 0 ? Math.Max(0, ids.Length - MaxTokens) : 0;
        if (cut > 0)
        {
            bool end = model.Tokenizer.IsSpecial(ids[^1]);
            int[] kept = ids[..MaxTokens];
            if (end) kept[^1] = ids[^1];
            ids = kept;
        }

        return new TextEmbedding(Embed(ids), ids.Length, cut);
    }

    /// <summary>Embeds token ids.</summary>
    /// <param name="ids">Token ids, one or more.</param>
    /// <param name="tokenTypes">Token types (BERT), or empty for 0.</param>
    public float[] Embed(ReadOnlySpan<int> ids, ReadOnlySpan<int> tokenTypes = default)
    {
        if (ids.IsEmpty) throw new ModelInputException("the text has no tokens to embed");
        int width = model.Spec.HiddenSize;
        using SequenceState state = model.Plan.CreateState();
        var batch = new Batch();
        batch.Add(state, ids, BatchOutput.All, 0, tokenTypes, model.Adapter);
        var hidden = new float[checked(ids.Length * width)];
        model.Plan.Run(batch, default, hidden);
        var result = new float[Dimensions];
        for (int i = 0; i < pooling.Count; i++) Pool(pooling[i], hidden, width, result.AsSpan(i * width, width));
        if (normalize)
        {
            double length = Math.Sqrt(result.Sum(x => (double)x * x));
            if (length > 0) TensorPrimitives.Multiply(result, (float)(1 / length), result);
        }

        if (!float.IsFinite(TensorPrimitives.Sum<float>(result))) throw new Sampling.NumericException("the embedding holds numbers that are not finite: the model's weights are damaged");
        return result;
    }

    private static void Pool(PoolingMode mode, float[] hidden, int width, Span<float> result)
    {
        int rows = hidden.Length / width;
        if (mode is PoolingMode.FirstToken or PoolingMode.LastToken)
        {
            hidden.AsSpan((mode == PoolingMode.FirstToken ? 0 : rows - 1) * width, width).CopyTo(result);
            return;
        }

        if (mode == PoolingMode.Max)
        {
            result.Fill(float.NegativeInfinity);
            for (int r = 0; r < rows; r++) TensorPrimitives.Max(result, hidden.AsSpan(r * width, width), result);
            return;
        }

        double weights = 0;
        for (int r = 0; r < rows; r++)
        {
            float weight = mode == PoolingMode.WeightedMean ? r + 1 : 1;
            weights += weight;
            TensorPrimitives.MultiplyAdd(hidden.AsSpan(r * width, width), weight, result, result);
        }

        TensorPrimitives.Multiply(result, (float)(1 / (mode == PoolingMode.MeanBySquareRoot ? Math.Sqrt(weights) : weights)), result);
    }
}

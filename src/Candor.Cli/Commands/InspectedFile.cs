using Candor.Cli.Common;
using Candor.Formats;
using Candor.Inference;
using Candor.Models;
using Candor.Tokenizers;

namespace Candor.Cli.Commands;

/// <summary>A model, or a bare file of tensors, opened to be looked at. A file whose architecture is not known still shows its tensors.</summary>
internal sealed class InspectedFile : IDisposable
{
    private InspectedFile(TensorStore store, ModelSource? source, string? problem)
    {
        (Store, Source, Problem) = (store, source, problem);
        try
        {
            ModelText? text = source?.Gguf is { } g ? ModelText.FromGguf(g) : store is GgufFile bare ? ModelText.FromGguf(bare) : source?.Folder is { } folder ? ModelText.FromFolder(folder) : null;
            Tokenizer = text?.Tokenizer is { } t ? $"{t.GetType().Name.Replace("Tokenizer", "", StringComparison.Ordinal)}, {t.VocabularySize} tokens" : null;
            Template = text?.Templates is { } templates ? string.Join(", ", templates.Names) : null;
        }
        catch (Exception e) when (e is TokenizerFormatException or Candor.Tokenizers.Templates.TemplateException)
        {
            Tokenizer = "cannot be read: " + e.Message;
        }
    }

    public TensorStore Store { get; }

    public ModelSource? Source { get; }

    /// <summary>Why there is no architecture.</summary>
    public string? Problem { get; }

    public ModelSpec? Spec => Source?.Spec;

    public string? Tokenizer { get; }

    public string? Template { get; }

    public GgufMetadata? Metadata => (Store as GgufFile)?.Metadata;

    public string? Licence => Metadata?.GetString("general.license", null);

    public long Parameters => Store.Tensors.Values.Sum(t => t.ElementCount);

    public long WeightBytes => Store.Tensors.Values.Sum(t => t.ByteLength);

    public static InspectedFile Open(string path)
    {
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) return new InspectedFile(SafetensorsStore.Open(path), null, "a bare safetensors file");
        if (Directory.Exists(path) || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            ModelSource folder = ModelSource.Open(path);
            return new InspectedFile(folder.Store, folder, null);
        }

        try
        {
            ModelSource source = ModelSource.Open(path);
            return new InspectedFile(source.Store, source, null);
        }
        catch (ModelFormatException e)
        {
            // Whatever keeps a file from being a model, its tensors can be shown where the container itself is sound.
            return new InspectedFile(GgufFile.Open(path), null, e.Message);
        }
    }

    /// <summary>Bytes of keys, values and states of one sequence of so many tokens.</summary>
    public static long CacheBytes(ModelSpec spec, int tokens, bool half)
    {
        long bytes = 0;
        foreach (LayerSpec layer in spec.Layers)
        {
            if (layer.Attention is { } a)
                bytes += (long)tokens * a.KeyValueHeads * (a.HeadSize + (a.ValueHeadSize == 0 ? a.HeadSize : a.ValueHeadSize)) * (half ? 2 : 4);
            if (layer.StateSpace is { } s)
                bytes += 4L * s.InnerSize * (s.StateSize + s.ConvolutionSize);
        }

        return bytes;
    }

    public void Dispose() => Store.Dispose();
}

using Candor.Formats;
using Candor.Models;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Inference;

/// <summary>How a model is opened.</summary>
public sealed record ModelOptions
{
    /// <summary>How it computes: activations, key-value cache, threads.</summary>
    public PlanOptions Plan { get; init; } = new();

    /// <summary>A chat template to use instead of the model's own; null for its own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Puts other weights in place of the files', such as those with an adapter merged in; the store that it returns owns the one that it was given. Null for the files' own.</summary>
    public Func<ModelSource, TensorStore>? Weights { get; init; }

    /// <summary>Makes the adapter of sessions that choose none; the model owns it. Null for none.</summary>
    public Func<Plan, LoraAdapter>? Adapter { get; init; }
}

/// <summary>
/// An open language model: weights, tokenizer and chat template. Thread-safe; each conversation has a
/// <see cref="Session"/> of its own, and several run side by side. Disposing it unmaps the files; dispose sessions first.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private LanguageModel(string path, Plan plan, ModelText text, ChatTemplateSet? templates, ModelFolder? folder)
    {
        (Path, Plan, Text, Templates, Folder) = (path, plan, text, templates, folder);
    }

    /// <summary>What was opened.</summary>
    public string Path { get; }

    /// <summary>The compiled model.</summary>
    public Plan Plan { get; }

    /// <summary>The architecture.</summary>
    public ModelSpec Spec => Plan.Spec;

    /// <summary>Special tokens, end ids and the like.</summary>
    public ModelText Text { get; }

    /// <summary>The Hugging Face folder it was opened from, or null.</summary>
    public ModelFolder? Folder { get; }

    /// <summary>The adapter of sessions that choose none, or null.</summary>
    public LoraAdapter? Adapter { get; private set; }

    /// <summary>How a GGUF file says that embeddings are pooled, or null.</summary>
    internal PoolingMode? GgufPooling { get; private init; }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidOperationException">The model came without one.</exception>
    public Tokenizer Tokenizer => Text.Tokenizer ?? throw new InvalidOperationException($"{Path} has no tokenizer");

    /// <summary>The chat templates in use, or null.</summary>
    public ChatTemplateSet? Templates { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A GGUF file, a Hugging Face folder, or a JSON spec beside its weights.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ModelFormatException">The model is damaged, incomplete or of an unsupported kind.</exception>
    /// <exception cref="TokenizerFormatException">Its tokenizer is.</exception>
    public static LanguageModel Open(string path, ModelOptions? options = null)
    {
        options ??= new ModelOptions();
        ModelSource source = ModelSource.Open(path);
        try
        {
            ModelText text = source.Gguf is { } gguf ? ModelText.FromGguf(gguf) : source.Folder is { } folder ? ModelText.FromFolder(folder) : new ModelText();
            ChatTemplateSet? templates = options.ChatTemplate is { } own ? ChatTemplateSet.Of(own) : text.Templates;
            PoolingMode? pooling = Pooling(source);
            if (options.Weights is { } weights) source.Replace(weights(source));
            Plan plan = source.Compile(options.Plan);
            var model = new LanguageModel(path, plan, text, templates, source.Folder) { GgufPooling = pooling };
            try
            {
                model.Adapter = options.Adapter?.Invoke(plan);
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>A new conversation with a memory of its own.</summary>
    public Session CreateSession() => new(this, Adapter);

    /// <summary>A new conversation whose tokens go through an adapter.</summary>
    /// <param name="adapter">The adapter, made for <see cref="Plan"/>; null for the model as it is.</param>
    public Session CreateSession(LoraAdapter? adapter) => new(this, adapter);

    /// <summary>A conversation as it was saved (<see cref="Session.Save"/>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFormatException">The file is damaged, or is no saved session.</exception>
    /// <exception cref="ModelInputException">It was saved with another model, adapter or type of keys and values.</exception>
    public Session RestoreSession(string path) => Session.Restore(this, path, Adapter);

    /// <inheritdoc cref="RestoreSession(string)"/>
    /// <param name="adapter">The adapter that it was held with; null for none.</param>
    public Session RestoreSession(string path, LoraAdapter? adapter) => Session.Restore(this, path, adapter);

    /// <summary>The text of a chat, as the model's template writes it.</summary>
    /// <param name="request">Messages, tools, …; special tokens are filled in where none are given.</param>
    /// <param name="template">Name of a template among several, or null.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="TemplateException">The template refuses the chat, or is at fault.</exception>
    public string Render(ChatTemplateRequest request, string? template = null) => RenderDetailed(request, template).Text;

    /// <summary>The ids of a chat: the rendered text with the special tokens of the template recognised and none added (the template writes them).</summary>
    /// <param name="request">Messages, tools, …; special tokens are filled in where none are given.</param>
    /// <param name="template">Name of a template among several, or null.</param>
    /// <param name="parseSpecial">True: special tokens spelt in messages, tools and documents become their ids. False (default): they are plain text.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="TemplateException">
    /// The template refuses the chat, or is at fault; or it treats special tokens spelt in the messages in a way of its own.
    /// </exception>
    public int[] EncodeChat(ChatTemplateRequest request, string? template = null, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!parseSpecial) request = request with { PlainTokens = Tokenizer.SpecialTokens };
        ChatTemplateResult chat = RenderDetailed(request, template);
        return Tokenizer.Encode(chat.Text, SpecialTokenScope.Outside(chat.Plain));
    }

    /// <summary>The ids of a plain prompt: what is typed is text, and what the model wants before and after is added.</summary>
    public int[] EncodePrompt(string text, bool parseSpecial = false) => Tokenizer.Encode(text, parseSpecial, addSpecial: true);

    private ChatTemplateResult RenderDetailed(ChatTemplateRequest request, string? template)
    {
        if (Templates is null) throw new InvalidOperationException($"{Path} has no chat template; give one, or use the text as it is");
        if (request.SpecialTokens.Count == 0) request = request with { SpecialTokens = Text.SpecialTokens };
        bool tools = !request.Tools.IsNone;
        return Templates.Select(template, tools).RenderDetailed(request);
    }

    /// <summary>Logits after every token of a sequence, [tokens, vocabulary].</summary>
    /// <param name="ids">Token ids, one or more.</param>
    /// <param name="hook">Sees or changes values on the way; null for none.</param>
    /// <exception cref="ModelInputException">An id is outside the vocabulary.</exception>
    public float[] Logits(ReadOnlySpan<int> ids, PlanHook? hook = null)
    {
        using Session session = CreateSession();
        return session.Advance(ids, BatchOutput.All, hook);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Adapter?.Dispose();
        Plan.Dispose();
    }

    private static PoolingMode? Pooling(ModelSource source) =>
        source.Gguf?.Metadata.GetInt32($"{source.Spec.Architecture}.pooling_type", -1) switch
        {
            1 => PoolingMode.Mean,
            2 => PoolingMode.FirstToken,
            3 => PoolingMode.LastToken,
            _ => null,
        };
}

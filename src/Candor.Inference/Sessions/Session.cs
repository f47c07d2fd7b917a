using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Candor.Inference.Sampling;
using Candor.Models;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Inference;

/// <summary>
/// One conversation with a model: its tokens so far and its key-value cache or state. Not thread-safe; different sessions
/// of one model may run on different threads. Owns its memory.
/// </summary>
public sealed class Session : IDisposable
{
    private readonly LanguageModel model;
    private readonly SequenceState state;
    private readonly Batch batch = new();
    private readonly List<int> tokens = [];
    private float[] last = [];
    private int expected;

    internal Session(LanguageModel model, LoraAdapter? adapter)
        : this(model, adapter, model.Plan.CreateState(), [])
    {
    }

    private Session(LanguageModel model, LoraAdapter? adapter, SequenceState state, IEnumerable<int> tokens)
    {
        (this.model, Adapter, this.state) = (model, adapter, state);
        this.tokens.AddRange(tokens);
    }

    /// <summary>The model.</summary>
    public LanguageModel Model => model;

    /// <summary>The adapter that its tokens go through, or null.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>What was kept with the session when it was saved (<see cref="Save"/>).</summary>
    public IReadOnlyDictionary<string, string> Notes { get; private init; } = new Dictionary<string, string>();

    /// <summary>Tokens that the session has read.</summary>
    public IReadOnlyList<int> Tokens => tokens;

    /// <summary>Bytes of its cache or state.</summary>
    public long Bytes => state.Bytes;

    /// <summary>Forgets everything from a position on.</summary>
    /// <param name="length">Tokens to keep. A recurrent model can only keep none or all.</param>
    public void Truncate(int length)
    {
        state.Truncate(length);
        tokens.RemoveRange(length, tokens.Count - length);
    }

    /// <summary>An independent copy: two conversations go on from here.</summary>
    public Session Fork() => new(model, Adapter, state.Fork(), tokens);

    /// <summary>Writes all that it remembers into a file, which appears whole or not at all; <see cref="LanguageModel.RestoreSession(string)"/> reads it.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="notes">Strings to keep along; null for none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? notes = null) => StateFile.Write(model.Plan, state, tokens, path, notes, Adapter);

    internal static Session Restore(LanguageModel model, string path, LoraAdapter? adapter)
    {
        (SequenceState state, int[] tokens, IReadOnlyDictionary<string, string> notes) = StateFile.Read(model.Plan, path, adapter);
        return new Session(model, adapter, state, tokens) { Notes = notes };
    }

    /// <summary>Reads tokens and returns logits.</summary>
    /// <param name="ids">Token ids, one or more.</param>
    /// <param name="output">Which logits are wanted.</param>
    /// <param name="hook">Sees or changes values on the way; null for none.</param>
    /// <param name="cancellationToken">Looked at between pieces of a long prompt.</param>
    /// <returns>[rows, vocabulary].</returns>
    /// <exception cref="ModelInputException">An id is outside the vocabulary, or there are more tokens than the model has positions.</exception>
    public float[] Advance(ReadOnlySpan<int> ids, BatchOutput output = BatchOutput.Last, PlanHook? hook = null, CancellationToken cancellationToken = default)
    {
        int vocabulary = model.Spec.VocabularySize, rows = output switch { BatchOutput.All => ids.Length, BatchOutput.Last => Math.Min(1, ids.Length), _ => 0 };
        var logits = new float[checked(rows * vocabulary)];
        Read(ids, output, logits, hook, cancellationToken);
        return logits;
    }

    /// <summary>
    /// Reads a prompt and generates tokens, one by one. What the session has already read in common with the prompt is
    /// not read again.
    /// </summary>
    /// <param name="prompt">All tokens of the conversation so far.</param>
    /// <param name="options">How to choose tokens and when to stop; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="ModelInputException">The prompt is empty or does not fit the model.</exception>
    /// <exception cref="NumericException">The logits are not numbers.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        IReadOnlyList<int> prompt, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new GenerationOptions();
        using var run = new Generation(this, [.. prompt], options);
        while (await Task.Run(() => run.Next(cancellationToken), cancellationToken).ConfigureAwait(false) is { } token) yield return token;
    }

    /// <summary>Generates to the end and returns all of it.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    /// <param name="onText">Called with each piece of text as it becomes certain; null for none.</param>
    public GenerationResult Generate(IReadOnlyList<int> prompt, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        using var run = new Generation(this, [.. prompt], options ?? new GenerationOptions());
        while (run.Next(cancellationToken) is { } token)
            if (token.Text.Length > 0) onText?.Invoke(token.Text);
        return run.Result();
    }

    /// <summary>Answers a user's message through the model's chat template, and streams the text.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="options">How to choose tokens and when to stop; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    public async IAsyncEnumerable<string> StreamAsync(string message, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int[] ids = model.EncodeChat(ChatTemplateRequest.Of([("user", message)]));
        await foreach (GeneratedToken token in GenerateAsync(ids, options, cancellationToken).ConfigureAwait(false))
            if (token.Text.Length > 0) yield return token.Text;
    }

    /// <inheritdoc/>
    public void Dispose() => state.Dispose();

    /// <summary>Whether it can be cut back to any length.</summary>
    internal bool CanTruncate => state.CanTruncate;

    /// <summary>Tokens of a prompt that need not be read again; its last one always is, and a recurrent model goes on from all that it has read or from nothing.</summary>
    internal int Common(IReadOnlyList<int> prompt)
    {
        int common = Math.Max(0, Math.Min(Shared(tokens, prompt), prompt.Count - 1));
        return common < tokens.Count && !state.CanTruncate ? 0 : common;
    }

    /// <summary>Tokens that two texts begin with alike.</summary>
    internal static int Shared(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        int n = 0;
        while (n < a.Count && n < b.Count && a[n] == b[n]) n++;
        return n;
    }

    /// <summary>Says how long the sequence will become, for rope that depends on it.</summary>
    internal void Prepare(int length) => expected = length;

    /// <summary>Keeps what is common with a prompt, reads the rest, and returns the logits after its last token.</summary>
    internal float[] ReadPrompt(int[] prompt, CancellationToken cancellationToken)
    {
        if (prompt.Length == 0) throw new ModelInputException("the prompt is empty: the model has no token to begin from; give some text");
        int common = Common(prompt);
        if (common < tokens.Count) Truncate(common);
        if (last.Length == 0) last = new float[model.Spec.VocabularySize];
        Read(prompt.AsSpan(tokens.Count), BatchOutput.Last, last, null, cancellationToken);
        return last;
    }

    /// <summary>Reads one more token and returns the logits after it, in a buffer that the next call overwrites.</summary>
    internal float[] ReadNext(int id)
    {
        Read([id], BatchOutput.Last, last, null, default);
        return last;
    }

    /// <summary>Reads tokens and writes the logits after each.</summary>
    internal void ReadAll(ReadOnlySpan<int> ids, Span<float> logits) => Read(ids, BatchOutput.All, logits, null, default);

    /// <summary>Whether so many more tokens make the model read all of them again.</summary>
    internal bool MustRestart(int more) => model.Plan.MustRestart(state.Length, Math.Max(expected, state.Length + more));

    /// <summary>Puts one more token into a batch of several sessions; false where it must be read alone (<see cref="ReadNext"/>).</summary>
    internal bool TryJoin(Batch shared, int id)
    {
        int total = Math.Max(expected, state.Length + 1);
        if (MustRestart(1)) return false;
        shared.Add(state, [id], BatchOutput.Last, total, default, Adapter);
        tokens.Add(id);
        return true;
    }

    private void Read(ReadOnlySpan<int> ids, BatchOutput output, Span<float> logits, PlanHook? hook, CancellationToken cancellationToken)
    {
        int total = Math.Max(expected, state.Length + ids.Length), written = 0, vocabulary = model.Spec.VocabularySize;
        if (model.Plan.MustRestart(state.Length, total))
        {
            int[] before = [.. tokens];
            Truncate(0);
            Pieces(before, BatchOutput.None, default, null, total, ref written, cancellationToken);
        }

        Pieces(ids, output, logits, hook, total, ref written, cancellationToken);
        Debug.Assert(output != BatchOutput.All || written == ids.Length * vocabulary);
    }

    private void Pieces(ReadOnlySpan<int> ids, BatchOutput output, Span<float> logits, PlanHook? hook, int total, ref int written, CancellationToken cancellationToken)
    {
        // An encoder sees all of its text at once; logits of every row are large, so they come in smaller pieces.
        int piece = !model.Spec.Causal || hook is not null ? ids.Length : output == BatchOutput.All ? 128 : Plan.PreferredRows;
        for (int begin = 0; begin < ids.Length; begin += piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<int> part = ids.Slice(begin, Math.Min(piece, ids.Length - begin));
            bool final = begin + part.Length == ids.Length;
            batch.Clear();
            batch.Add(state, part, output == BatchOutput.Last && !final ? BatchOutput.None : output, total, default, Adapter);
            int count = batch.Outputs.Count * model.Spec.VocabularySize;
            model.Plan.Run(batch, logits.Slice(written, model.Spec.Head is null ? 0 : count), default, hook);
            written += count;
            foreach (int id in part) tokens.Add(id);
        }
    }
}

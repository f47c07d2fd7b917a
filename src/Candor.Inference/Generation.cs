using System.Diagnostics;
using System.Text;
using Candor.Inference.Sampling;
using Candor.Models;
using Candor.Tokenizers;

namespace Candor.Inference;

/// <summary>One generation in progress.</summary>
internal sealed class Generation : IDisposable
{
    private readonly Session session;
    private readonly int[] prompt;
    private readonly GenerationOptions options;
    private readonly Sampler sampler;
    private readonly StreamingDecoder decoder;
    private readonly StopMatcher stops;
    private readonly List<int> history;
    private readonly List<int> generated = [];
    private readonly List<GeneratedToken> details = [];
    private readonly StringBuilder text = new();
    private readonly int limit;
    private readonly GuessedTokens? guesses;
    private float[]? logits;
    private FinishReason? finish;
    private long promptTicks, startTicks, endTicks;
    private int reused;

    public Generation(Session session, int[] prompt, GenerationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxTokens, nameof(options));
        (this.session, this.prompt, this.options) = (session, prompt, options);
        LanguageModel model = session.Model;
        if (model.Spec.Head is null) throw new ModelInputException($"architecture '{model.Spec.Architecture}' is an encoder: it gives embeddings, not text");
        int context = model.Spec.ContextLength;
        if (context > 0 && prompt.Length > context)
            throw new ModelInputException($"the prompt has {prompt.Length} tokens; the model's context is {context}");
        limit = context > 0 ? Math.Min(options.MaxTokens, context - prompt.Length) : options.MaxTokens;
        sampler = new Sampler(options.Sampling, model.Spec.VocabularySize);
        decoder = model.Tokenizer.CreateStreamingDecoder(!options.ShowSpecial);
        // What the prompt ends with decides how the first new token is written (a leading space, half a character).
        stops = new StopMatcher(options.Stop);
        history = [.. prompt];
        guesses = options.Speculation is { } speculation ? new GuessedTokens(session, speculation) : null;
    }

    /// <summary>Whether it guesses tokens ahead, which it does alone.</summary>
    public bool Guesses => guesses is not null;

    /// <summary>The next token, or null at the end.</summary>
    public GeneratedToken? Next(CancellationToken cancellationToken)
    {
        if (finish is not null) return null;
        cancellationToken.ThrowIfCancellationRequested();
        if (logits is null) ReadPrompt(cancellationToken);
        else if (Wants is { } id && guesses is not null) return Choose(guesses.After(id, history, limit - generated.Count));
        else if (Wants is { } next) logits = session.ReadNext(next);
        return Choose(logits);
    }

    public void Dispose() => guesses?.Dispose();

    /// <summary>The token that must be read before the next one can be chosen, or null where there is none: before the prompt was read, at the limit, or at the end.</summary>
    public int? Wants => logits is not null && finish is null && generated.Count < limit ? generated[^1] : null;

    /// <summary>The next token from the logits after <see cref="Wants"/>, which another has read; null at the end.</summary>
    public GeneratedToken? Choose(ReadOnlySpan<float> row)
    {
        if (finish is not null) return null;
        if (generated.Count >= limit)
        {
            End(FinishReason.Length);
            string rest = Release(stops.Append(decoder.Flush())) + Release(stops.Finish());
            return rest.Length == 0 ? null : new GeneratedToken(generated.Count == 0 ? -1 : generated[^1], rest, null, []);
        }

        int id = sampler.Sample(row, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(history), prompt.Length);
        generated.Add(id);
        history.Add(id);
        GeneratedToken token = Emit(id, row);
        if (options.LogProbabilities is not null) details.Add(token);
        return token;
    }

    public GenerationResult Result() => new(
        text.ToString(), prompt, generated, finish ?? FinishReason.Length, Stopwatch.GetElapsedTime(promptTicks, startTicks),
        Stopwatch.GetElapsedTime(startTicks, endTicks), reused, details) { GuessedTokens = guesses?.Guessed ?? 0, RightGuesses = guesses?.Right ?? 0 };

    private void ReadPrompt(CancellationToken cancellationToken)
    {
        promptTicks = Stopwatch.GetTimestamp();
        reused = session.Common(prompt);
        logits = session.ReadPrompt(prompt, cancellationToken);
        startTicks = endTicks = Stopwatch.GetTimestamp();
    }

    private GeneratedToken Emit(int id, ReadOnlySpan<float> row)
    {
        (double? log, IReadOnlyList<TokenLogProbability> likeliest) = LogProbability(id, row);
        bool end = options.StopIds.Contains(id) || (!options.IgnoreEnd && session.Model.Text.EndIds.Contains(id));
        string piece = end ? Release(stops.Append(decoder.Flush())) + Release(stops.Finish()) : Release(stops.Append(decoder.Push(id)));
        if (end || stops.IsStopped) End(FinishReason.Stop);
        endTicks = Stopwatch.GetTimestamp();
        return new GeneratedToken(id, piece, log, likeliest);
    }

    private string Release(string piece)
    {
        text.Append(piece);
        return piece;
    }

    private void End(FinishReason reason)
    {
        finish = reason;
        guesses?.Forget();
        endTicks = Stopwatch.GetTimestamp();
    }

    private (double? Log, IReadOnlyList<TokenLogProbability> Likeliest) LogProbability(int id, ReadOnlySpan<float> row)
    {
        if (options.LogProbabilities is not { } count) return (null, []);
        double normal = Scoring.LogSumExp(row);
        TokenLogProbability[] likeliest = [];
        if (count > 0)
        {
            float[] all = row.ToArray();
            likeliest = [.. Enumerable.Range(0, all.Length).OrderByDescending(i => all[i]).Take(count).Select(i => new TokenLogProbability(i, all[i] - normal))];
        }

        return (row[id] - normal, likeliest);
    }
}

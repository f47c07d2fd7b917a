using Candor.Models;

namespace Candor.Inference;

/// <summary>A prompt, and how it is to be answered.</summary>
/// <param name="Prompt">Token ids, one or more.</param>
/// <param name="Options">How to choose tokens and when to stop.</param>
public sealed record GenerationRequest(IReadOnlyList<int> Prompt, GenerationOptions Options)
{
    /// <summary>The adapter that its tokens go through, instead of the model's own choice; null for that.</summary>
    public LoraAdapter? Adapter { get; init; }
}

/// <summary>
/// Answers many prompts together: several sessions of different lengths and options decode over one pass of the weights, and one that
/// ends makes room for the next. Float arithmetic of a row does not depend on its neighbours, so each answer is what the prompt alone
/// gives, within the tolerance of the kernels for few and for many rows. Not thread-safe.
/// </summary>
public static class BatchedGeneration
{
    /// <summary>Answers requests.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">Prompts; drawn as room becomes free.</param>
    /// <param name="sessions">Sessions that decode together, 1 or more.</param>
    /// <param name="prefixes">What prompts begin with need not be read again where it is kept here; null for no such memory.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <returns>Answers with the place of their request, in the order in which they end.</returns>
    /// <exception cref="ModelInputException">A prompt is empty or does not fit the model.</exception>
    public static IEnumerable<(int Index, GenerationResult Result)> Run(
        LanguageModel model, IEnumerable<GenerationRequest> requests, int sessions, PrefixCache? prefixes = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentOutOfRangeException.ThrowIfLessThan(sessions, 1);
        return Answers(model, requests, sessions, prefixes, cancellationToken);
    }

    private static IEnumerable<(int Index, GenerationResult Result)> Answers(
        LanguageModel model, IEnumerable<GenerationRequest> requests, int sessions, PrefixCache? prefixes, CancellationToken cancellationToken)
    {
        var running = new List<Answer>();
        var batch = new Batch();
        float[] logits = new float[sessions * model.Spec.VocabularySize];
        using IEnumerator<GenerationRequest> waiting = requests.GetEnumerator();
        bool more = true;
        int next = 0;
        try
        {
            while (true)
            {
                while (more && running.Count < sessions && (more = waiting.MoveNext())) running.Add(Answer.Begin(model, waiting.Current, next++, prefixes, cancellationToken));
                for (int i = running.Count; i-- > 0;)
                {
                    if (running[i].Generation.Wants is not null) continue;
                    using Answer ended = running[i];
                    running.RemoveAt(i);
                    yield return (ended.Index, ended.Finish(cancellationToken));
                }

                if (running.Count > 0) Round(model, running, batch, logits, cancellationToken);
                else if (!more) yield break;
            }
        }
        finally
        {
            foreach (Answer a in running) a.Dispose();
        }
    }

    /// <summary>One token for each.</summary>
    private static void Round(LanguageModel model, List<Answer> running, Batch batch, float[] logits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        batch.Clear();
        List<Answer> joined = [.. running.Where(a => !a.Generation.Guesses && a.Session.TryJoin(batch, a.Generation.Wants!.Value))];
        int vocabulary = model.Spec.VocabularySize;
        if (joined.Count > 0) model.Plan.Run(batch, logits.AsSpan(0, joined.Count * vocabulary));
        for (int i = 0; i < joined.Count; i++) joined[i].Generation.Choose(logits.AsSpan(i * vocabulary, vocabulary));
        foreach (Answer alone in running.Except(joined)) alone.Generation.Next(cancellationToken);
    }

    private sealed record Answer(int Index, Session Session, Generation Generation) : IDisposable
    {
        public static Answer Begin(LanguageModel model, GenerationRequest request, int index, PrefixCache? prefixes, CancellationToken cancellationToken)
        {
            LoraAdapter? adapter = request.Adapter ?? model.Adapter;
            Session session = prefixes?.Begin(model, request.Prompt, adapter) ?? model.CreateSession(adapter);
            try
            {
                var answer = new Answer(index, session, new Generation(session, [.. request.Prompt], request.Options));
                answer.Generation.Next(cancellationToken);
                prefixes?.Keep(session);
                return answer;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }

        /// <summary>What is held back of the text comes out, and the answer is whole.</summary>
        public GenerationResult Finish(CancellationToken cancellationToken)
        {
            Generation.Next(cancellationToken);
            return Generation.Result();
        }

        public void Dispose()
        {
            Generation.Dispose();
            Session.Dispose();
        }
    }
}

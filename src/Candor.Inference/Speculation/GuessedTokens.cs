using Candor.Models;

namespace Candor.Inference;

/// <summary>The guesses of one generation: reads them with the model, hands out the logits of those that turn out right, and forgets the others.</summary>
internal sealed class GuessedTokens : IDisposable
{
    private const int MostTokens = 64;

    private readonly Session session;
    private readonly ISpeculator speculator;
    private readonly int[] guesses;
    private readonly float[] rows;
    private int count, row;

    /// <summary>Guesses for a session.</summary>
    /// <exception cref="ModelInputException">The model cannot be cut back, or the draft model does not fit it.</exception>
    public GuessedTokens(Session session, SpeculationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Tokens, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Tokens, MostTokens, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ShortestMatch, 1, nameof(options));
        if (!session.CanTruncate) throw new ModelInputException($"'{session.Model.Spec.Architecture}' keeps a state that cannot go back: it cannot decode speculatively");
        this.session = session;
        speculator = options.Draft is { } draft ? new DraftModel(draft, session.Model, options.LeastProbability) : new PromptLookup(options.LongestMatch, options.ShortestMatch);
        guesses = new int[options.Tokens];
        rows = new float[(options.Tokens + 1) * session.Model.Spec.VocabularySize];
    }

    /// <summary>Tokens that were guessed.</summary>
    public int Guessed { get; private set; }

    /// <summary>Those of them that were right.</summary>
    public int Right { get; private set; }

    /// <summary>The logits after a token that was drawn.</summary>
    /// <param name="id">The token.</param>
    /// <param name="text">All tokens so far, with it.</param>
    /// <param name="most">Tokens that may follow it.</param>
    public ReadOnlySpan<float> After(int id, IReadOnlyList<int> text, int most)
    {
        if (row < count && guesses[row] == id)
        {
            Right++;
            return Row(++row);
        }

        Forget();
        int room = Math.Min(guesses.Length, most - 1);
        while (room > 0 && session.MustRestart(room + 1)) room--;
        count = room > 0 ? speculator.Guess(text, guesses.AsSpan(0, room)) : 0;
        int vocabulary = session.Model.Spec.VocabularySize;
        for (int i = 0; i < count; i++)
            if ((uint)guesses[i] >= (uint)vocabulary) count = i;
        if (count == 0) return session.ReadNext(id);
        Guessed += count;
        session.ReadAll([id, .. guesses.AsSpan(0, count)], rows);
        return Row(row);
    }

    /// <summary>Takes back what was read of wrong guesses.</summary>
    public void Forget()
    {
        if (row < count) session.Truncate(session.Tokens.Count - (count - row));
        row = count = 0;
    }

    public void Dispose() => speculator.Dispose();

    private ReadOnlySpan<float> Row(int index) => rows.AsSpan(index * session.Model.Spec.VocabularySize, session.Model.Spec.VocabularySize);
}

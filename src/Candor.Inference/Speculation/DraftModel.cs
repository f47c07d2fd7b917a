using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Inference;

/// <summary>Guesses with a smaller model: its likeliest tokens, while it is sure of them.</summary>
internal sealed class DraftModel : ISpeculator
{
    private const string Sample = "The quick brown fox: 3.14 + 42 = naïve «текст» 你好, <b>void</b> f(int x) { return x; }\n\n\tEnd.";
    private readonly Session session;
    private readonly double least;

    /// <summary>Guesses for a model.</summary>
    /// <exception cref="ModelInputException">The two do not share their tokens.</exception>
    public DraftModel(LanguageModel draft, LanguageModel target, double least)
    {
        if (draft.Spec.Head is null || !draft.Tokenizer.Encode(Sample).SequenceEqual(target.Tokenizer.Encode(Sample)))
            throw new ModelInputException($"{draft.Path} cannot guess for {target.Path}: they do not have the same tokens");
        session = draft.CreateSession();
        this.least = least;
    }

    public int Guess(IReadOnlyList<int> text, Span<int> guesses)
    {
        int context = session.Model.Spec.ContextLength;
        if (context > 0 && text.Count + guesses.Length > context) return 0;
        float[] logits = session.ReadPrompt([.. text], default);
        for (int i = 0; i < guesses.Length; i++)
        {
            int best = TensorPrimitives.IndexOfMax<float>(logits);
            if (Math.Exp(logits[best] - Scoring.LogSumExp(logits)) < least) return i;
            guesses[i] = best;
            if (i + 1 < guesses.Length) logits = session.ReadNext(best);
        }

        return guesses.Length;
    }

    public void Dispose() => session.Dispose();
}

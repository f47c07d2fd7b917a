namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// The likeliest segmentation under a unigram model (Kudo, "Subword Regularization", 2018), found by Viterbi's algorithm over the
/// bytes of the text. Sums are compared in double and kept in single precision, as SentencePiece does, since that decides between equal segmentations.
/// </summary>
internal sealed class UnigramSegmenter
{
    private const float UnknownPenalty = 10f;

    private readonly SentencePieceModel model;
    private readonly float unknownScore;
    private readonly float greatest;

    /// <summary>Prepares the scores of a vocabulary.</summary>
    public UnigramSegmenter(SentencePieceModel model)
    {
        this.model = model;
        float least = float.MaxValue;
        greatest = 1.17549435e-38f; // the smallest normal number, from which SentencePiece starts
        for (int id = 0; id < model.Count; id++)
        {
            if (model.TypeOf(id) != PieceType.Normal) continue;
            least = Math.Min(least, model.Score(id));
            greatest = Math.Max(greatest, model.Score(id));
        }

        unknownScore = least - UnknownPenalty;
    }

    /// <summary>Cuts normalized text.</summary>
    public void Segment(ReadOnlySpan<byte> text, List<Segment> output)
    {
        if (text.IsEmpty) return;
        var best = new Node[text.Length + 1];
        for (int i = 1; i < best.Length; i++) best[i].Begin = -1;
        for (int begin = 0; begin < text.Length;)
        {
            int character = Math.Min(Utf8.ClaimedLength(text[begin]), text.Length - begin);
            float before = best[begin].Score;
            bool single = false;
            int node = PieceTrie.Root;
            for (int end = begin; end < text.Length && model.Trie is not null;)
            {
                node = model.Trie.Step(node, text[end++]);
                if (node < 0) break;
                int id = model.Trie.Value(node);
                if (id < 0 || model.TypeOf(id) == PieceType.Unused) continue;
                int length = end - begin;
                double score = model.TypeOf(id) == PieceType.UserDefined ? (length * greatest) - 0.1 : model.Score(id);
                Offer(ref best[end], score + before, begin, id);
                if (length == character) single = true;
            }

            if (!single) Offer(ref best[begin + character], unknownScore + before, begin, -1);
            begin += character;
        }

        int first = output.Count;
        for (int end = text.Length; end > 0; end = best[end].Begin)
            output.Add(new Segment(best[end].Begin, end - best[end].Begin, best[end].Id));
        output.Reverse(first, output.Count - first);
    }

    private static void Offer(ref Node node, double score, int begin, int id)
    {
        if (node.Begin >= 0 && !(score > node.Score)) return;
        node = new Node { Score = (float)score, Begin = begin, Id = id };
    }

    private struct Node
    {
        public float Score;
        public int Begin; // -1: not reached
        public int Id;
    }
}

namespace Candor.Tokenizers.Models.WordLevel;

/// <summary>One token a piece: the piece itself where the vocabulary has it, else the unknown token. Thread-safe.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknown">Id of the unknown token, or -1: unknown pieces are left out.</param>
internal sealed class WordLevelModel(Vocabulary vocabulary, int unknown) : TokenModel(vocabulary)
{
    private IReadOnlySet<int> _special = new HashSet<int>();

    /// <inheritdoc/>
    public override int UnknownId => unknown;

    /// <inheritdoc/>
    public override void SetSpecial(IReadOnlySet<int> special) => _special = special;

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<int> piece, TokenSink sink)
    {
        int id = Vocabulary.Find(piece);
        if (id < 0 || (sink.Strict && _special.Contains(id))) id = unknown;
        if (id >= 0) sink.Add(id, 0, piece.Length);
    }
}

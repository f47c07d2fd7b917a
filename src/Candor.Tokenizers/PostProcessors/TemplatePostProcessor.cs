namespace Candor.Tokenizers.PostProcessors;

/// <summary>A part of a template.</summary>
/// <param name="Sequence">0 for the first text, 1 for the second, -1 for special tokens.</param>
/// <param name="TypeId">The segment.</param>
/// <param name="Tokens">The special tokens.</param>
internal sealed record TemplatePiece(int Sequence, int TypeId, IReadOnlyList<(int Id, string Token)> Tokens);

/// <summary>Frames of special tokens around a text or a pair.</summary>
internal sealed class TemplatePostProcessor(TemplatePiece[] single, TemplatePiece[] pair) : PostProcessor
{
    /// <inheritdoc/>
    public override int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(p => p.Tokens.Count);

    /// <inheritdoc/>
    public override List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial)
    {
        var result = new List<EncodingBuilder>();
        foreach (TemplatePiece piece in encodings.Count > 1 ? pair : single)
        {
            if (piece.Sequence >= 0)
            {
                if (piece.Sequence >= encodings.Count) continue;

                // A template may name a text twice.
                var copy = new EncodingBuilder { Detailed = encodings[piece.Sequence].Detailed };
                copy.Append(encodings[piece.Sequence]);
                copy.SetType(piece.TypeId);
                result.Add(copy);
            }
            else if (addSpecial)
            {
                var special = new EncodingBuilder { Detailed = encodings[0].Detailed };
                foreach ((int id, string token) in piece.Tokens) special.AddSpecial(id, token, piece.TypeId);
                result.Add(special);
            }
        }

        return result;
    }
}

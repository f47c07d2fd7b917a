namespace Candor.Tokenizers.Gguf;

/// <summary>
/// WordPiece vocabularies in GGUF files (<c>bert</c>). There the beginning of a word is marked (U+2581), in the models' own files its
/// continuation (<c>##</c>): tokens get their own spelling back.
/// </summary>
internal static class GgufWordPiece
{
    public static WordPieceTokenizer Create(GgufVocabulary v)
    {
        int count = v.Tokens.Count;
        string[] tokens = new string[count];
        bool anyCapital = false;
        for (int id = 0; id < count; id++)
        {
            string token = v.Tokens[id];
            bool bracketed = token.Length > 2 && token[0] == '[' && token[^1] == ']';
            if (token.Length > 1 && token[0] == '\u2581')
            {
                tokens[id] = token[1..];
                anyCapital |= tokens[id][0] != '[' && tokens[id].Any(char.IsAsciiLetterUpper);
            }
            else
            {
                tokens[id] = bracketed || token.Length == 0 || GgufBytePairs.IsAdded(v, id) ? token : "##" + token;
            }
        }

        bool lowercase = v.Lowercase ?? !anyCapital;
        int unknown = v.UnknownId ?? Find(tokens, "[UNK]") ?? throw new TokenizerFormatException(v.Source, "tokenizer.ggml.unknown_token_id", "missing, and there is no token [UNK]");
        int? before = v.AddBos ?? true ? v.ClassId ?? v.BosId ?? Find(tokens, "[CLS]") : null;
        bool addsAfter = v.AddSeparator == true || v.AddEos == true || (v.AddSeparator is null && v.AddEos is null);
        int? after = addsAfter ? v.SeparatorId ?? v.EosId ?? Find(tokens, "[SEP]") : null;
        return new WordPieceTokenizer(v, tokens, unknown, before, after, lowercase, v.StripAccents ?? lowercase);
    }

    private static int? Find(string[] tokens, string token) => Array.IndexOf(tokens, token) is var id && id >= 0 ? id : null;
}

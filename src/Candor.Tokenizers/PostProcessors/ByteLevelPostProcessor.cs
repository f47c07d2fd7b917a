using System.Text;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PostProcessors;

/// <summary>Takes spaces at the ends of tokens out of their places in the text.</summary>
internal sealed class ByteLevelPostProcessor(bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    /// <inheritdoc/>
    public override List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial)
    {
        if (trimOffsets)
            foreach (EncodingBuilder encoding in encodings) Trim(encoding, addPrefixSpace);
        return encodings;
    }

    /// <summary>Takes the spaces out; one that was put before the text is not counted.</summary>
    public static void Trim(EncodingBuilder encoding, bool addPrefixSpace)
    {
        for (int i = 0; i < encoding.Offsets.Count; i++)
        {
            string token = encoding.Tokens[i];
            (int begin, int end) = encoding.Offsets[i];
            int leading = 0;
            int characters = 0;
            int trailing = 0;
            foreach (Rune rune in token.EnumerateRunes())
            {
                bool space = rune.Value == ByteAlphabet.Space || CodePoints.IsWhiteSpace(rune.Value);
                if (space && leading == characters) leading++;
                trailing = space ? trailing + 1 : 0;
                characters++;
            }

            if (leading == 0 && trailing == 0) continue;
            if (leading > 0)
            {
                bool first = i == 0 || begin == 0;
                if (first && addPrefixSpace && leading == 1) leading = 0;
                begin = Math.Min(begin + leading, end);
            }

            if (trailing > 0 && end >= trailing) end = Math.Max(end - trailing, begin);
            encoding.Offsets[i] = (begin, end);
        }
    }
}

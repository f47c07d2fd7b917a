namespace Candor.Tokenizers.PostProcessors;

/// <summary>BERT's frame: [CLS] first [SEP], second [SEP].</summary>
internal sealed class BertPostProcessor((string Token, int Id) separator, (string Token, int Id) start) : PostProcessor
{
    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => pair ? 3 : 2;

    /// <inheritdoc/>
    public override List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial)
    {
        if (!addSpecial) return encodings;
        var result = new List<EncodingBuilder>();
        for (int i = 0; i < encodings.Count; i++)
        {
            var framed = new EncodingBuilder { Detailed = encodings[i].Detailed };
            if (i == 0) framed.AddSpecial(start.Id, start.Token, 0);
            encodings[i].SetType(i == 0 ? 0 : 1);
            framed.Append(encodings[i]);
            framed.AddSpecial(separator.Id, separator.Token, i == 0 ? 0 : 1);
            result.Add(framed);
        }

        return result;
    }
}

namespace Candor.Tokenizers.PostProcessors;

/// <summary>RoBERTa's frame: &lt;s&gt; first &lt;/s&gt;, &lt;/s&gt; second &lt;/s&gt;; everything is of segment 0.</summary>
internal sealed class RobertaPostProcessor(
    (string Token, int Id) separator, (string Token, int Id) start, bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => pair ? 4 : 2;

    /// <inheritdoc/>
    public override List<EncodingBuilder> Apply(List<EncodingBuilder> encodings, bool addSpecial)
    {
        foreach (EncodingBuilder encoding in encodings)
        {
            if (trimOffsets) ByteLevelPostProcessor.Trim(encoding, addPrefixSpace);
            encoding.SetType(0);
        }

        if (!addSpecial) return encodings;
        var result = new List<EncodingBuilder>();
        for (int i = 0; i < encodings.Count; i++)
        {
            var framed = new EncodingBuilder { Detailed = encodings[i].Detailed };
            (string token, int id) = i == 0 ? start : separator;
            framed.AddSpecial(id, token, 0);
            framed.Append(encodings[i]);
            framed.AddSpecial(separator.Id, separator.Token, 0);
            result.Add(framed);
        }

        return result;
    }
}

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>What every streaming decoder must do.</summary>
internal static class Streaming
{
    /// <summary>
    /// Emissions joined are the decoded text and never end inside a code point; where the reference has no quirk (and no token
    /// that the two spell differently occurs) they equal the reference's, step by step.
    /// </summary>
    public static int Check(Tokenizer tokenizer, GoldenVectors golden, Func<int, bool> speltDifferently)
    {
        int count = 0;
        foreach (GoldenStream c in golden.Stream)
        {
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
            var emitted = new List<string>();
            foreach (int id in c.Ids)
            {
                string text = decoder.Push(id);
                Assert.True(text.Length == 0 || (!char.IsHighSurrogate(text[^1]) && !char.IsLowSurrogate(text[0])), "half a character was emitted");
                emitted.Add(text);
            }

            if (!c.Quirk && !c.Ids.Any(speltDifferently)) Assert.Equal(c.Emit, emitted);
            Assert.Equal(tokenizer.Decode(c.Ids), string.Concat(emitted) + decoder.Flush());
            count++;
        }

        Assert.True(count > 0);
        return count;
    }
}

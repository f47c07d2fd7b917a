using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Training;

/// <summary>How often each word stands in the texts; words are written in the byte alphabet.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Pattern[] splits;
    private readonly bool compose;

    /// <summary>Counts words as a pre-tokenizer cuts them.</summary>
    /// <exception cref="ArgumentException">The pre-tokenizer is unknown, or cuts bytes instead of text.</exception>
    public WordCounts(string preTokenizer)
    {
        PreTokenizer family = NamedPreTokenizers.Find(preTokenizer) is { BytePatterns.Count: 0 } found
            ? found
            : throw new ArgumentException($"the pre-tokenizer '{preTokenizer}' cannot be trained for; known are {string.Join(", ", NamedPreTokenizers.Names)}", nameof(preTokenizer));
        splits = [.. family.Patterns.Select(p => Pattern.Compile(p))];
        compose = family.Compose;
    }

    /// <summary>The words, most frequent first; equal ones in ordinal order, so that nothing depends on the order of texts.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> All => [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)];

    /// <summary>Counts the words of a text.</summary>
    public void Add(string text)
    {
        if (compose) text = text.Normalize(System.Text.NormalizationForm.FormC);
        int[] points = CodePoints.From(text);
        List<(int Begin, int End)> words = [(0, points.Length)];
        foreach (Pattern split in splits) words = BytePairEncoder.Cut(split, points, words, keepGaps: true);
        Span<byte> utf8 = stackalloc byte[4];
        var word = new System.Text.StringBuilder();
        foreach ((int begin, int end) in words)
        {
            word.Clear();
            for (int i = begin; i < end; i++)
            {
                int length = CodePoints.ToUtf8(points[i], utf8);
                foreach (byte b in utf8[..length]) word.Append((char)Text.ByteAlphabet.Character(b));
            }

            if (word.Length > 0) System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, word.ToString(), out _)++;
        }
    }
}

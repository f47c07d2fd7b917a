namespace Candor.Tokenizers.PostProcessors;

/// <summary>An encoding in the making. Not thread-safe.</summary>
internal sealed class EncodingBuilder
{
    /// <summary>Ids.</summary>
    public List<int> Ids { get; init; } = [];

    /// <summary>Spellings; empty where details are not wanted.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>Places in the text; empty where details are not wanted.</summary>
    public List<(int Begin, int End)> Offsets { get; } = [];

    /// <summary>Segments; empty where details are not wanted.</summary>
    public List<int> TypeIds { get; } = [];

    /// <summary>1 for tokens that a post-processor added; empty where details are not wanted.</summary>
    public List<int> SpecialTokensMask { get; } = [];

    /// <summary>How many control tokens were found spelt in the text.</summary>
    public int FoundSpecial { get; set; }

    /// <summary>Whether everything beside ids is wanted.</summary>
    public bool Detailed { get; init; }

    /// <summary>Puts all tokens into one segment.</summary>
    public void SetType(int type)
    {
        for (int i = 0; i < TypeIds.Count; i++) TypeIds[i] = type;
    }

    /// <summary>Appends a token that the text did not hold.</summary>
    public void AddSpecial(int id, string token, int type)
    {
        Ids.Add(id);
        if (!Detailed) return;
        Tokens.Add(token);
        Offsets.Add((0, 0));
        TypeIds.Add(type);
        SpecialTokensMask.Add(1);
    }

    /// <summary>Appends another encoding.</summary>
    public void Append(EncodingBuilder other)
    {
        Ids.AddRange(other.Ids);
        Tokens.AddRange(other.Tokens);
        Offsets.AddRange(other.Offsets);
        TypeIds.AddRange(other.TypeIds);
        SpecialTokensMask.AddRange(other.SpecialTokensMask);
    }

    /// <summary>Keeps a range of tokens.</summary>
    public void Keep(int start, int count)
    {
        Cut(Ids);
        if (!Detailed) return;
        Cut(Tokens);
        Cut(Offsets);
        Cut(TypeIds);
        Cut(SpecialTokensMask);

        void Cut<T>(List<T> list)
        {
            list.RemoveRange(start + count, list.Count - start - count);
            list.RemoveRange(0, start);
        }
    }

    /// <summary>The finished encoding.</summary>
    public Encoding ToEncoding() => new(Ids, Tokens, Offsets, TypeIds, SpecialTokensMask);
}

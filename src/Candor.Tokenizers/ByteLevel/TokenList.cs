namespace Candor.Tokenizers.ByteLevel;

/// <summary>Tokens of a text in the making.</summary>
internal sealed class TokenList
{
    private readonly List<int> ids = [];
    private readonly List<(int Begin, int End)> offsets = [];
    private readonly List<int> added = [];

    /// <summary>Adds a token that stands for a stretch of the text, in code points.</summary>
    public void Add(int id, int begin, int end)
    {
        ids.Add(id);
        offsets.Add((begin, end));
        added.Add(0);
    }

    /// <summary>Adds a token that is not in the text.</summary>
    public void AddSpecial(int id)
    {
        ids.Add(id);
        offsets.Add((0, 0));
        added.Add(1);
    }

    /// <summary>The finished encoding.</summary>
    public Encoding Build(Func<int, string> spelling) => new(ids, [.. ids.Select(spelling)], offsets, new int[ids.Count], added);
}

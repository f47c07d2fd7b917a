namespace Candor.Tokenizers.Models;

/// <summary>Tokens by spelling and by id. Ids may have holes. Thread-safe.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly string?[]? _dense;
    private readonly Dictionary<int, string>? _sparse;

    /// <summary>Makes a vocabulary; of two tokens of one id the later keeps it.</summary>
    public Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int id in ids.Values) Size = Math.Max(Size, id + 1);
        if (Size <= ids.Count * 2L + 1024)
        {
            _dense = new string?[Size];
            foreach ((string token, int id) in ids) _dense[id] = token;
        }
        else
        {
            // A few tokens with huge ids must not cost memory by the id.
            _sparse = new Dictionary<int, string>(ids.Count);
            foreach ((string token, int id) in ids) _sparse[id] = token;
        }

        foreach (string token in ids.Keys) MaxLength = Math.Max(MaxLength, token.Length);
    }

    /// <summary>A vocabulary whose ids are places in a list, where one spelling may occur several times: the last one has it.</summary>
    public Vocabulary(IReadOnlyList<string> tokens)
    {
        _ids = new Dictionary<string, int>(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            _ids[tokens[i]] = i;
            MaxLength = Math.Max(MaxLength, tokens[i].Length);
        }

        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _dense = [.. tokens];
        Size = tokens.Count;
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    /// <summary>The length of the longest token in UTF-16 units.</summary>
    public int MaxLength { get; }

    /// <summary>All tokens by spelling.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>A token's id, or null.</summary>
    public int? Id(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>A token's id, or -1.</summary>
    public int Find(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out int id) ? id : -1;

    /// <summary>A token's id by its code points, or -1.</summary>
    public int Find(ReadOnlySpan<int> token)
    {
        if (token.Length > MaxLength) return -1;
        Span<char> text = token.Length <= 128 ? stackalloc char[256] : new char[token.Length * 2];
        int length = 0;
        foreach (int c in token)
        {
            if (c <= 0xFFFF) text[length++] = (char)c;
            else
            {
                text[length++] = (char)(0xD7C0 + (c >> 10));
                text[length++] = (char)(0xDC00 + (c & 0x3FF));
            }
        }

        return Find(text[..length]);
    }

    /// <summary>A token's spelling, or null.</summary>
    public string? Token(int id) =>
        _sparse is not null ? _sparse.GetValueOrDefault(id) : (uint)id < (uint)_dense!.Length ? _dense[id] : null;
}

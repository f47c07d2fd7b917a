namespace Candor.Tokenizers.Models;

/// <summary>Takes what a model makes of a piece. Positions are in code points of the piece.</summary>
internal sealed class TokenSink
{
    /// <summary>Ids, in order.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>For each token where it begins and ends in its piece; empty where places are not tracked.</summary>
    public List<(int Begin, int End)> Ranges { get; } = [];

    /// <summary>Whether places are wanted.</summary>
    public bool Tracks { get; init; }

    /// <summary>Whether the model may give no special token, but for the unknown one where a text is unknown.</summary>
    public bool Strict { get; init; }

    /// <summary>Adds a token.</summary>
    public void Add(int id, int begin, int end)
    {
        Ids.Add(id);
        if (Tracks) Ranges.Add((begin, end));
    }
}

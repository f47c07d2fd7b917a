namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// Turns segments into ids: an unknown character becomes its bytes where the vocabulary has them, and a run of unknown
/// characters otherwise one unknown token. Offsets in bytes become offsets in code points.
/// </summary>
internal sealed class EncodingBuilder(byte[] original, SentencePieceModel model)
{
    private readonly List<int> ids = [];
    private readonly List<(int Begin, int End)> offsets = [];
    private readonly List<int> added = [];

    /// <summary>Adds a token that is not in the text.</summary>
    public void AddSpecial(int id) => Add(id, 0, 0, 1);

    /// <summary>Adds a special token that was spelt in the text.</summary>
    public void AddParsed(int id, int begin, int end) => Add(id, begin, end, 0);

    /// <summary>Adds the segments of a stretch of the text that begins at a byte of the original.</summary>
    public void Add(List<Segment> segments, NormalizedText text, int start)
    {
        bool afterUnknown = false;
        ReadOnlySpan<int> origins = text.Origins;
        bool fallback = model.Contents.ByteFallback;
        foreach (Segment segment in segments)
        {
            int begin = start + origins[segment.Begin], end = start + origins[segment.Begin + segment.Length];
            bool unknown = segment.Id < 0 || model.TypeOf(segment.Id) == PieceType.Unknown;
            if (unknown && fallback)
            {
                foreach (byte b in text.Bytes.Slice(segment.Begin, segment.Length))
                    Add(model.ByteId(b) is var id && id >= 0 ? id : model.UnknownId, begin, end, 0);
            }
            else if (unknown && afterUnknown)
            {
                offsets[^1] = (offsets[^1].Begin, end);
            }
            else
            {
                Add(segment.Id < 0 ? model.UnknownId : segment.Id, begin, end, 0);
            }

            afterUnknown = unknown;
        }
    }

    /// <summary>The finished encoding.</summary>
    public Encoding Build()
    {
        var points = new CodePointOffsets(original);
        return new Encoding(
            ids,
            [.. ids.Select(model.Name)],
            [.. offsets.Select(o => (Math.Min(points.Begin(o.Begin), points.End(o.End)), points.End(o.End)))],
            new int[ids.Count],
            added);
    }

    private void Add(int id, int begin, int end, int isAdded)
    {
        ids.Add(id);
        offsets.Add((begin, end));
        added.Add(isAdded);
    }
}

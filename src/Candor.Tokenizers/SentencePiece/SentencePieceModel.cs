namespace Candor.Tokenizers.SentencePiece;

/// <summary>A SentencePiece vocabulary with everything that its settings say, checked. Immutable.</summary>
internal sealed class SentencePieceModel
{
    private static readonly string[] ByteNames = [.. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];

    private readonly byte[][] pieces;
    private readonly string[] names;
    private readonly PieceType[] types;
    private readonly float[] scores;
    private readonly PieceTable text;
    private readonly PieceTable reserved;
    private readonly int[]? byteIds;

    /// <summary>Checks a vocabulary and indexes it.</summary>
    /// <param name="contents">Pieces and settings.</param>
    /// <param name="lenient">
    /// True: take what other tools wrote into GGUF files (several unknown tokens, the same spelling twice, empty spellings,
    /// byte tokens missing). False: be as strict as SentencePiece itself.
    /// </param>
    /// <exception cref="TokenizerFormatException">The vocabulary contradicts itself.</exception>
    public SentencePieceModel(SentencePieceContents contents, bool lenient)
    {
        Contents = contents;
        string source = contents.Source;
        names = [.. contents.Pieces.Select(p => p.Text)];
        types = [.. contents.Pieces.Select(p => p.Type)];
        scores = [.. contents.Pieces.Select(p => p.Score)];
        pieces = [.. names.Select(n => Utf8.Encode(n))];
        if (pieces.Length == 0) throw new TokenizerFormatException(source, "pieces", "the vocabulary is empty");

        int inText = types.Count(IsText);
        text = new PieceTable(pieces, inText);
        reserved = new PieceTable(pieces, pieces.Length - inText);
        int unknown = contents.UnknownId ?? -1;
        for (int id = 0; id < pieces.Length; id++)
        {
            string where = $"pieces[{id}]";
            if (pieces[id].Length == 0)
            {
                if (lenient) continue;
                throw new TokenizerFormatException(source, where, "the piece is empty");
            }

            if (pieces[id].Length > SentencePieceContents.LongestPiece) throw new TokenizerFormatException(source, where, $"the piece has {pieces[id].Length} bytes; at most {SentencePieceContents.LongestPiece} are allowed");
            if (float.IsNaN(scores[id])) throw new TokenizerFormatException(source, where, "the score is not a number");
            bool isNew = (IsText(types[id]) ? text : reserved).Add(id);
            if (!isNew && !lenient) throw new TokenizerFormatException(source, where, $"\"{Message.Shorten(names[id])}\" is defined twice");
            if (types[id] == PieceType.Unknown)
            {
                if (unknown >= 0 && !lenient) throw new TokenizerFormatException(source, where, "a second unknown piece");
                if (unknown < 0) unknown = id;
            }
            else if (types[id] == PieceType.Byte)
            {
                int value = Array.IndexOf(ByteNames, names[id]);
                if (value < 0) throw new TokenizerFormatException(source, where, $"\"{Message.Shorten(names[id])}\" is not a byte; expected <0x00> to <0xFF>");
                if (!contents.ByteFallback && !lenient) throw new TokenizerFormatException(source, where, "a byte piece, although byte_fallback is false");
                byteIds ??= NewByteIds();
                byteIds[value] = id;
            }
        }

        if (unknown < 0 && !lenient) throw new TokenizerFormatException(source, "pieces", "there is no unknown piece");
        if (contents.ByteFallback && !lenient && (byteIds is null || byteIds.Contains(-1))) throw new TokenizerFormatException(source, "pieces", "byte_fallback is true, but not all 256 byte pieces are there");
        UnknownId = unknown < 0 ? 0 : unknown;
        Symbols = PieceTrie.Build(Of(PieceType.UserDefined));
        Specials = PieceTrie.Build(Of(PieceType.Control).Concat(Of(PieceType.Unknown)));
        WordsAreApart = !Enumerable.Range(0, pieces.Length).Any(id => IsText(types[id]) && HasInnerSpace(names[id]));
        if (contents.Kind == SegmentationKind.Unigram)
            Trie = PieceTrie.Build(Enumerable.Range(0, pieces.Length).Where(id => IsText(types[id])).Select(id => (pieces[id], id)));
    }

    /// <summary>What the file says.</summary>
    public SentencePieceContents Contents { get; }

    /// <summary>Number of pieces.</summary>
    public int Count => pieces.Length;

    /// <summary>The id that stands for what cannot be spelt.</summary>
    public int UnknownId { get; }

    /// <summary>User-defined symbols; null where there are none.</summary>
    public PieceTrie? Symbols { get; }

    /// <summary>Control and unknown tokens, for texts in which they are to be recognised.</summary>
    public PieceTrie? Specials { get; }

    /// <summary>All pieces that may stand for text; only for unigram models.</summary>
    public PieceTrie? Trie { get; }

    /// <summary>Whether no piece has a space (U+2581) behind another character, so that none reaches from one word into the next.</summary>
    public bool WordsAreApart { get; }

    /// <summary>Length in bytes of the longest piece that may stand for text.</summary>
    public int LongestPiece => text.Longest;

    /// <summary>Whether an id is one of the vocabulary.</summary>
    public bool Contains(int id) => (uint)id < (uint)pieces.Length;

    /// <summary>The piece's spelling.</summary>
    public string Name(int id) => names[id];

    /// <summary>The piece's type.</summary>
    public PieceType TypeOf(int id) => types[id];

    /// <summary>The piece's score: the greater, the earlier it is merged, or the likelier it is.</summary>
    public float Score(int id) => scores[id];

    /// <summary>The id of a piece that may stand for text, or -1.</summary>
    public int FindText(ReadOnlySpan<byte> piece) => text.Find(piece);

    /// <summary>The id of any piece, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece) => reserved.Find(piece) is var id && id >= 0 ? id : text.Find(piece);

    /// <summary>The id of the token for one byte, or -1.</summary>
    public int ByteId(byte value) => byteIds?[value] ?? -1;

    /// <summary>The byte that a token of type <see cref="PieceType.Byte"/> stands for.</summary>
    public byte ByteValue(int id) => Convert.ToByte(names[id].Substring(3, 2), 16);

    private static bool IsText(PieceType type) => type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;

    private static bool HasInnerSpace(string piece) => piece.TrimStart('\u2581').Contains('\u2581', StringComparison.Ordinal);

    private static int[] NewByteIds()
    {
        int[] ids = new int[256];
        Array.Fill(ids, -1);
        return ids;
    }

    private IEnumerable<(byte[] Piece, int Id)> Of(PieceType type) =>
        Enumerable.Range(0, pieces.Length).Where(id => types[id] == type).Select(id => (pieces[id], id));
}

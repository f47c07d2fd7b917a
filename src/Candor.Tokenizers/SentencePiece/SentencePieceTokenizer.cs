namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// A SentencePiece tokenizer (Kudo and Richardson, 2018): the ids are those that SentencePiece itself gives for a text. Thread-safe.
/// </summary>
/// <remarks>
/// Control tokens spelt in a text are plain text unless asked for. Decoding drops the space that encoding put before the text;
/// an unknown token becomes what the model says (<c> ⁇ </c>); bytes that make no character become one U+FFFD each.
/// </remarks>
public sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly SentencePieceModel model;
    private readonly Normalizer normalizer;
    private readonly UnigramSegmenter? unigram;
    private readonly bool prefixAfterSpecial;
    private readonly int? before;
    private readonly int? after;
    private readonly IReadOnlySet<int>? stripAfter;

    internal SentencePieceTokenizer(
        SentencePieceModel model, int? bos, int? eos, bool addBos, bool addEos, bool prefixAfterSpecial, IReadOnlySet<int>? stripAfter = null)
    {
        this.model = model;
        this.stripAfter = stripAfter;
        this.prefixAfterSpecial = prefixAfterSpecial;
        BosId = bos;
        EosId = eos;
        before = addBos ? bos : null;
        after = addEos ? eos : null;
        normalizer = new Normalizer(model.Contents.Normalizer, model.Symbols);
        if (model.Contents.Kind == SegmentationKind.Unigram) unigram = new UnigramSegmenter(model);
    }

    /// <summary>The token before a text, where there is one.</summary>
    public int? BosId { get; }

    /// <summary>The token after a text, where there is one.</summary>
    public int? EosId { get; }

    /// <summary>The token for what the vocabulary cannot spell.</summary>
    public int UnknownId => model.UnknownId;

    /// <inheritdoc/>
    public override int VocabularySize => model.Count;

    internal SentencePieceModel Model => model;

    /// <summary>Whether white space behind this token, where it is recognised in a text, goes with it.</summary>
    internal bool StripsAfter(int id) => stripAfter?.Contains(id) == true;

    /// <summary>Opens a model file.</summary>
    /// <param name="path">A <c>tokenizer.model</c>.</param>
    /// <param name="options">What the file does not say; null for the defaults.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged or no SentencePiece model.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SentencePieceTokenizer Load(string path, SentencePieceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Parse(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Reads a model file's bytes.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="options">What the file does not say; null for the defaults.</param>
    /// <exception cref="TokenizerFormatException">The data is damaged or no SentencePiece model.</exception>
    public static SentencePieceTokenizer Parse(ReadOnlySpan<byte> data, string source, SentencePieceOptions? options = null)
    {
        options ??= new();
        var model = new SentencePieceModel(SentencePieceFile.Parse(data, source), lenient: false);
        int? bos = Control(model, model.Contents.BosPiece), eos = Control(model, model.Contents.EosPiece);
        return new SentencePieceTokenizer(model, bos, eos, options.AddBos ?? bos is not null, options.AddEos ?? false, options.PrefixAfterSpecial);
    }

    /// <inheritdoc/>
    public override string? IdToToken(int id) => model.Contains(id) ? model.Name(id) : null;

    /// <inheritdoc/>
    public override int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        int id = model.Find(Utf8.Encode(token));
        return id < 0 ? null : id;
    }

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => model.Contains(id) && model.TypeOf(id) == PieceType.Control;

    /// <summary>The piece's type; null for an id outside the vocabulary.</summary>
    public PieceType? TypeOf(int id) => model.Contains(id) ? model.TypeOf(id) : null;

    /// <inheritdoc/>
    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(special);
        byte[] bytes = Utf8.Encode(text);
        var output = new EncodingBuilder(bytes, model);
        if (addSpecial && before is { } bos) output.AddSpecial(bos);
        if (special != SpecialTokenScope.Nowhere && model.Specials is not null) EncodeParsed(bytes, special, output);
        else EncodePlain(bytes, 0, prefix: true, output);
        if (addSpecial && after is { } eos) output.AddSpecial(eos);
        return output.Build();
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var decoder = new SentencePieceDecoder(model, skipSpecial);
        var text = new System.Text.StringBuilder();
        foreach (int id in ids) text.Append(decoder.Push(id));
        return text.Append(decoder.Flush()).ToString();
    }

    /// <inheritdoc/>
    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => new SentencePieceDecoder(model, skipSpecial);

    /// <inheritdoc/>
    protected override bool IsParsed(int id) => model.Contains(id) && model.TypeOf(id) is PieceType.Control or PieceType.Unknown;

    private static int? Control(SentencePieceModel model, string piece)
    {
        int id = model.Find(Utf8.Encode(piece));
        return id >= 0 && model.TypeOf(id) == PieceType.Control ? id : null;
    }

    private void EncodeParsed(ReadOnlySpan<byte> bytes, SpecialTokenScope special, EncodingBuilder output)
    {
        int begin = 0, at = 0, counted = 0, point = 0;
        while (at < bytes.Length)
        {
            int length = model.Specials!.LongestPrefix(bytes[at..], out int id);
            if (length > 0 && special.IsPartial)
            {
                // Points are counted only up to where something was found.
                for (; counted < at; counted++)
                    if (Utf8.IsBoundary(bytes[counted])) point++;
                int end = point;
                foreach (byte b in bytes.Slice(at, length))
                    if (Utf8.IsBoundary(b)) end++;
                if (!special.Allows(point, end)) length = 0;
            }

            if (length == 0)
            {
                at++;
                continue;
            }

            if (at > begin) EncodePlain(bytes[begin..at], begin, begin == 0 || prefixAfterSpecial, output);
            output.AddParsed(id, at, at + length);
            at += length;
            if (stripAfter?.Contains(id) == true) at += WhiteSpace(bytes[at..]);
            begin = at;
        }

        if (begin < bytes.Length) EncodePlain(bytes[begin..], begin, begin == 0 || prefixAfterSpecial, output);
    }

    private static int WhiteSpace(ReadOnlySpan<byte> text)
    {
        int length = 0;
        while (System.Text.Rune.DecodeFromUtf8(text[length..], out System.Text.Rune rune, out int next) == System.Buffers.OperationStatus.Done && System.Text.Rune.IsWhiteSpace(rune)) length += next;
        return length;
    }

    private void EncodePlain(ReadOnlySpan<byte> bytes, int start, bool prefix, EncodingBuilder output)
    {
        NormalizedText text = normalizer.Normalize(bytes, prefix);
        var segments = new List<Segment>((text.Length / 3) + 1);
        switch (model.Contents.Kind)
        {
            case SegmentationKind.Unigram: unigram!.Segment(text.Bytes, segments); break;
            case SegmentationKind.Bpe: BpeSegmenter.Segment(model, text.Bytes, segments); break;
            case SegmentationKind.Word: PlainSegmenter.Words(model, text.Bytes, segments); break;
            default: PlainSegmenter.Characters(model, text.Bytes, segments); break;
        }

        output.Add(segments, text, start);
    }
}

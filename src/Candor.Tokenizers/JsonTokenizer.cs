using Candor.Tokenizers.AddedTokens;
using Candor.Tokenizers.Decoders;
using Candor.Tokenizers.Json;
using Candor.Tokenizers.Models;
using Candor.Tokenizers.PostProcessors;
using Candor.Tokenizers.PreTokenization;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers;

/// <summary>
/// A tokenizer from a Hugging Face <c>tokenizer.json</c>: added tokens are cut out of the text, the rest is normalized, cut into
/// pieces, given to the model, and framed by the post-processor. Gives what the reference implementation gives, but for one
/// thing: with special tokens taken as plain text no token that is special is ever given for text. Thread-safe.
/// </summary>
public sealed class JsonTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenMatcher _matcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly Dictionary<string, int> _addedIds = [];
    private readonly Dictionary<int, AddedToken> _added = [];
    private readonly HashSet<int> _special = [];
    private readonly HashSet<int> _skipped = [];
    private readonly Dictionary<int, string> _normalizedSpellings = [];

    internal JsonTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        var specialSpellings = new HashSet<string>();
        foreach (AddedToken token in parts.AddedTokens)
        {
            _addedIds[token.Content] = token.Id;
            _added[token.Id] = token;
            if (token.Special) specialSpellings.Add(token.Content);
            VocabularySize = Math.Max(VocabularySize, token.Id + 1);
        }

        VocabularySize = Math.Max(VocabularySize, parts.Model.Vocabulary.Size);
        foreach (AddedToken token in parts.AddedTokens)
            if (specialSpellings.Contains(token.Content)) _special.Add(token.Id);
        parts.Model.SetSpecial(_special);

        // Special tokens go before others of the same spelling.
        IEnumerable<AddedToken> ordered = parts.AddedTokens.Where(t => t.Special).Concat(parts.AddedTokens.Where(t => !t.Special));
        var plain = new List<(AddedToken, int[])>();
        var normalized = new List<(AddedToken, int[])>();
        foreach (AddedToken token in ordered)
        {
            if (!token.Normalized)
            {
                plain.Add((token, CodePoints.From(token.Content)));
                continue;
            }

            string spelling = Guard(() => parts.Normalizer?.Apply(token.Content)) ?? token.Content;
            _normalizedSpellings[token.Id] = spelling;
            normalized.Add((token, CodePoints.From(spelling)));
        }

        // Decoding sees normalized spellings, and skips what then still is spelt like a special token.
        foreach (int id in _special)
            if (specialSpellings.Contains(Spelling(id, skipSpecial: false) ?? "")) _skipped.Add(id);

        (_matcher, _normalizedMatcher) = (new AddedTokenMatcher(plain), new AddedTokenMatcher(normalized));
    }

    /// <summary>The tokens that are looked for in the text itself, in the file's order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _parts.AddedTokens;

    /// <summary>Truncation as the file asks for it, or null. <see cref="EncodeBatch"/> applies it, nothing else does.</summary>
    public Truncation? Truncation => _parts.Truncation;

    /// <summary>Padding as the file asks for it, or null. <see cref="EncodeBatch"/> applies it, nothing else does.</summary>
    public Padding? Padding => _parts.Padding;

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <summary>Reads a tokenizer from a file.</summary>
    /// <exception cref="TokenizerFormatException">The file is damaged, hostile or asks for something unknown.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JsonTokenizer Load(string path) => Parse(TokenizerFile.ReadAll(path), path);

    /// <summary>Reads a tokenizer from the bytes of a file.</summary>
    /// <param name="utf8">The JSON text.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged, hostile or asks for something unknown.</exception>
    public static JsonTokenizer Parse(ReadOnlyMemory<byte> utf8, string source) => new(TokenizerJsonReader.Read(utf8, source));

    /// <inheritdoc/>
    public override string? IdToToken(int id) => _added.TryGetValue(id, out AddedToken? token) ? token.Content : _parts.Model.Vocabulary.Token(id);

    /// <inheritdoc/>
    public override int? TokenToId(string token) => _addedIds.TryGetValue(token, out int id) ? id : _parts.Model.Vocabulary.Id(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _special.Contains(id);

    /// <inheritdoc/>
    public override int[] Encode(string text, SpecialTokenScope special, bool addSpecial = false) =>
        [.. Finish([EncodeText(text, special, 0, detailed: false)], addSpecial).Ids];

    /// <inheritdoc/>
    public override Encoding EncodeDetailed(string text, SpecialTokenScope special, bool addSpecial = false) =>
        Finish([EncodeText(text, special, 0, detailed: true)], addSpecial).ToEncoding();

    /// <summary>Encodes two texts that belong together, as BERT and its kin take them.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text; its offsets are its own.</param>
    /// <param name="parseSpecial">True: special tokens spelt in the texts become their ids. False (default): they are plain text.</param>
    /// <param name="addSpecial">Whether the post-processor's special tokens are added. Default true.</param>
    public Encoding EncodePair(string first, string second, bool parseSpecial = false, bool addSpecial = true) =>
        Finish([EncodeText(first, SpecialTokenScope.Of(parseSpecial), 0, detailed: true), EncodeText(second, SpecialTokenScope.Of(parseSpecial), 1, detailed: true)], addSpecial).ToEncoding();

    /// <summary>Encodes texts as the file asks for batches: with special tokens, truncated and padded.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="parseSpecial">True: special tokens spelt in the texts become their ids. False (default): they are plain text.</param>
    public IReadOnlyList<PaddedEncoding> EncodeBatch(IReadOnlyList<string> texts, bool parseSpecial = false)
    {
        var encodings = new List<EncodingBuilder>();
        foreach (string text in texts)
        {
            EncodingBuilder encoding = EncodeText(text, SpecialTokenScope.Of(parseSpecial), 0, detailed: true);
            if (Truncation is { } truncation)
            {
                int room = Math.Max(0, truncation.MaxLength - (_parts.PostProcessor?.AddedTokens(pair: false) ?? 0));
                int over = encoding.Ids.Count - room;
                if (over > 0) encoding.Keep(truncation.Side == TextSide.Left ? over : 0, room);
            }

            encodings.Add(Finish([encoding], addSpecial: true));
        }

        return Pad(encodings);
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var pieces = new List<string>(ids.Length);
        foreach (int id in ids)
            if (Spelling(id, skipSpecial) is { } token) pieces.Add(token);
        return Join(pieces);
    }

    /// <inheritdoc/>
    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecial = false) => _parts.Decoder is ByteLevelDecoder
        ? new ByteStreamingDecoder(id => Spelling(id, skipSpecial))
        : new WindowStreamingDecoder(id => Spelling(id, skipSpecial), Join);

    private string? Spelling(int id, bool skipSpecial) =>
        skipSpecial && _skipped.Contains(id) ? null : _normalizedSpellings.TryGetValue(id, out string? spelling) ? spelling : IdToToken(id);

    private string Join(List<string> pieces)
    {
        if (_parts.Decoder is null) return string.Join(' ', pieces);
        Guard(() =>
        {
            _parts.Decoder.Apply(pieces);
            return "";
        });
        return string.Concat(pieces);
    }

    private EncodingBuilder Finish(List<EncodingBuilder> encodings, bool addSpecial)
    {
        if (_parts.PostProcessor is { } processor) encodings = processor.Apply(encodings, addSpecial);
        if (encodings.Count == 1) return encodings[0];
        var whole = new EncodingBuilder { Detailed = true };
        foreach (EncodingBuilder encoding in encodings) whole.Append(encoding);
        return whole;
    }

    private EncodingBuilder EncodeText(string text, SpecialTokenScope special, int type, bool detailed)
    {
        int[] points = CodePoints.From(text);
        EncodingBuilder encoding = EncodePoints(points, special, detailed, strict: false);

        // The vocabularies of some models hold their own control tokens, so that plain text can spell them. Such a text is
        // encoded again with all of them closed to the model.
        if (special != SpecialTokenScope.Everywhere && encoding.Ids.Count(IsControl) > encoding.FoundSpecial)
            encoding = EncodePoints(points, special, detailed, strict: true);
        for (int i = 0; detailed && i < encoding.Ids.Count; i++)
        {
            encoding.TypeIds.Add(type);
            encoding.SpecialTokensMask.Add(0);
        }

        return encoding;
    }

    private bool IsControl(int id) => _special.Contains(id) && id != _parts.Model.UnknownId;

    private EncodingBuilder EncodePoints(int[] points, SpecialTokenScope special, bool detailed, bool strict)
    {
        var sink = new TokenSink { Tracks = detailed, Strict = strict };
        var encoding = new EncodingBuilder { Ids = sink.Ids, Detailed = detailed };
        Guard(() =>
        {
            if (_matcher.IsEmpty) EncodeSection(points, 0, points.Length, special, sink, encoding);
            else
            {
                var sections = new List<(int Start, int End, AddedToken? Token)>();
                _matcher.Cut(points, special, sections);
                foreach ((int start, int end, AddedToken? token) in sections)
                {
                    if (token is null) EncodeSection(points, start, end, special, sink, encoding);
                    else AddToken(token, points.AsSpan(start, end - start), start, end, encoding);
                }
            }

            return "";
        });
        return encoding;
    }

    /// <summary>Encodes a part of a text that holds no added token, unless it shows in the normalized text.</summary>
    private void EncodeSection(int[] points, int start, int end, SpecialTokenScope special, TokenSink sink, EncodingBuilder encoding)
    {
        var text = new AlignedText(points.AsSpan(start, end - start), start, sink.Tracks || special.IsPartial || _parts.PreTokenizer is { NeedsPlaces: true });
        _parts.Normalizer?.Apply(text);
        if (_normalizedMatcher.IsEmpty)
        {
            EncodePieces(text, sink, encoding);
            return;
        }

        var sections = new List<(int Start, int End, AddedToken? Token)>();
        _normalizedMatcher.Cut(text.Points, special, sections, special.IsPartial ? text : null);
        foreach ((int from, int to, AddedToken? token) in sections)
        {
            if (token is null) EncodePieces(sections.Count == 1 ? text : text.Slice(from, to - from), sink, encoding);
            else if (from < to) AddToken(token, text.Points[from..to], text.Begin(from), text.End(to - 1), encoding);
            else AddToken(token, [], 0, 0, encoding);
        }
    }

    private void EncodePieces(AlignedText text, TokenSink sink, EncodingBuilder encoding)
    {
        var pieces = new PreTokenizedText(text);
        _parts.PreTokenizer?.Apply(pieces);
        int verbatim = _parts.Model.IsVerbatim ? _parts.Model.UnknownId : -1;
        foreach ((int start, int end) in pieces.Pieces)
        {
            ReadOnlySpan<int> piece = text.Points[start..end];
            int first = sink.Ids.Count;
            sink.Ranges.Clear();
            _parts.Model.Tokenize(piece, sink);
            for (int i = 0; i < sink.Ranges.Count; i++)
            {
                (int from, int to) = sink.Ranges[i];
                int id = sink.Ids[first + i];
                encoding.Tokens.Add(id == verbatim ? CodePoints.ToText(piece[from..to]) : _parts.Model.Vocabulary.Token(id) ?? "");
                encoding.Offsets.Add(to > from ? (text.Begin(start + from), text.End(start + to - 1)) : (0, 0));
            }
        }
    }

    /// <summary>Adds a token that was found in the text; its spelling is what stands there, stripped white space included.</summary>
    private void AddToken(AddedToken token, ReadOnlySpan<int> found, int begin, int end, EncodingBuilder encoding)
    {
        encoding.Ids.Add(token.Id);
        if (IsControl(token.Id)) encoding.FoundSpecial++;
        if (!encoding.Detailed) return;
        encoding.Tokens.Add(CodePoints.ToText(found));
        encoding.Offsets.Add((begin, end));
    }

    private List<PaddedEncoding> Pad(List<EncodingBuilder> encodings)
    {
        int length = Padding is null ? 0 : Padding.FixedLength ?? encodings.Max(e => (int?)e.Ids.Count) ?? 0;
        if (Padding is not null) length = (length + Padding.MultipleOf - 1) / Padding.MultipleOf * Padding.MultipleOf;
        var result = new List<PaddedEncoding>();
        foreach (EncodingBuilder encoding in encodings)
        {
            int count = encoding.Ids.Count;
            int missing = Math.Max(0, length - count);
            var padding = new EncodingBuilder { Detailed = true };
            for (int i = 0; i < missing; i++) padding.AddSpecial(Padding!.Id, Padding.Token, Padding.TypeId);
            IEnumerable<int> mask = Enumerable.Repeat(1, count);
            IEnumerable<int> none = Enumerable.Repeat(0, missing);
            bool left = missing > 0 && Padding!.Side == TextSide.Left;
            (EncodingBuilder before, EncodingBuilder after) = left ? (padding, encoding) : (encoding, padding);
            before.Append(after);
            result.Add(new PaddedEncoding(before.ToEncoding(), [.. left ? none.Concat(mask) : mask.Concat(none)]));
        }

        return result;
    }

    /// <summary>Runs what may meet a pattern that was made to be hard.</summary>
    private string? Guard(Func<string?> work)
    {
        try
        {
            return work();
        }
        catch (PatternBudgetException e)
        {
            throw new TokenizerFormatException(_parts.Source, "", e.Message, e);
        }
    }
}

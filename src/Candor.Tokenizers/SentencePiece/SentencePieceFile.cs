namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// Reads a SentencePiece model file (<c>tokenizer.model</c>): a protocol-buffer message <c>ModelProto</c>. Fields that do not
/// bear on tokenization are skipped.
/// </summary>
internal static class SentencePieceFile
{
    /// <summary>Parses a model file.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged.</exception>
    public static SentencePieceContents Parse(ReadOnlySpan<byte> data, string source)
    {
        var pieces = new List<(string, float, PieceType)>();
        var contents = new SentencePieceContents { Source = source, Pieces = pieces };
        bool suffix = false;
        var reader = new ProtobufReader(data, source, "");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: pieces.Add(Piece(reader.Delimited(), source, pieces.Count)); break;
                case 2: contents = Trainer(contents, reader.Delimited(), ref suffix); break;
                case 3: contents = contents with { Normalizer = Normalizer(contents.Normalizer, reader.Delimited(), source, "normalizer_spec") }; break;
                case 5:
                    var denormalizer = Normalizer(contents.Denormalizer ?? new(), reader.Delimited(), source, "denormalizer_spec");
                    contents = contents with { Denormalizer = denormalizer };
                    break;
            }
        }

        if (pieces.Count == 0) throw new TokenizerFormatException(source, "pieces", "the file holds no pieces; is it a SentencePiece model?");
        return contents with
        {
            Normalizer = contents.Normalizer with { WhitespaceAsSuffix = suffix },
            Denormalizer = contents.Denormalizer is { Map: not null } ? contents.Denormalizer : null,
        };
    }

    private static (string Text, float Score, PieceType Type) Piece(ReadOnlySpan<byte> message, string source, int id)
    {
        string text = "";
        float score = 0;
        int type = (int)PieceType.Normal;
        var reader = new ProtobufReader(message, source, $"pieces[{id}]");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: text = reader.Text(); break;
                case 2: score = reader.Single(); break;
                case 3: type = reader.Int32(); break;
            }
        }

        if (type is < 1 or > 6) throw new TokenizerFormatException(source, $"pieces[{id}]", $"type {type} is unknown; expected 1 to 6");
        if (text.Contains('\0')) throw new TokenizerFormatException(source, $"pieces[{id}]", "the piece holds a NUL");
        return (text, score, (PieceType)type);
    }

    private static SentencePieceContents Trainer(SentencePieceContents contents, ReadOnlySpan<byte> message, ref bool suffix)
    {
        var reader = new ProtobufReader(message, contents.Source, "trainer_spec");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    int kind = reader.Int32();
                    if (kind is < 1 or > 4) throw new TokenizerFormatException(contents.Source, "trainer_spec.model_type", $"{kind} is unknown; expected 1 (unigram), 2 (BPE), 3 (word) or 4 (character)");
                    contents = contents with { Kind = (SegmentationKind)kind };
                    break;
                case 24: suffix = reader.Bool(); break;
                case 35: contents = contents with { ByteFallback = reader.Bool() }; break;
                case 44: contents = contents with { UnknownSurface = reader.Text() }; break;
                case 46: contents = contents with { BosPiece = OrDefault(reader.Text(), "<s>") }; break;
                case 47: contents = contents with { EosPiece = OrDefault(reader.Text(), "</s>") }; break;
            }
        }

        return contents;
    }

    private static NormalizerSettings Normalizer(NormalizerSettings settings, ReadOnlySpan<byte> message, string source, string where)
    {
        var reader = new ProtobufReader(message, source, where);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: settings = settings with { Map = CharacterMap.Parse(reader.Delimited(), source, where + ".precompiled_charsmap") }; break;
                case 3: settings = settings with { AddDummyPrefix = reader.Bool() }; break;
                case 4: settings = settings with { RemoveExtraWhitespaces = reader.Bool() }; break;
                case 5: settings = settings with { EscapeWhitespaces = reader.Bool() }; break;
            }
        }

        return settings;
    }

    private static string OrDefault(string text, string other) => text.Length == 0 ? other : text;
}

using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Writes small SentencePiece model files, so that tests need no file from outside.</summary>
internal sealed class TestModel
{
    private readonly List<byte> bytes = [];

    /// <summary>The file so far.</summary>
    public byte[] Bytes => [.. bytes];

    /// <summary>Control tokens, all byte tokens, letters, and pieces with scores that fall.</summary>
    public static byte[] Small(SegmentationKind kind = SegmentationKind.Bpe, bool byteFallback = true, bool dummyPrefix = true, bool trim = false)
    {
        var model = new TestModel();
        model.Piece("<unk>", 0, PieceType.Unknown).Piece("<s>", 0, PieceType.Control).Piece("</s>", 0, PieceType.Control);
        if (byteFallback)
            for (int b = 0; b < 256; b++) model.Piece($"<0x{b:X2}>", 0, PieceType.Byte);
        string[] pieces = ["▁t", "he", "▁the", "in", "er", "an", "▁a", "▁▁", "lo", "hel", "hello", "▁hello", "or", "wor", "ld", "world", "▁world", "▁", "a", "b", "c", "d", "e", "f", "g", "h", "i", "l", "n", "o", "r", "t", "w", "é", "你"];
        for (int i = 0; i < pieces.Length; i++) model.Piece(pieces[i], -1 - (0.5f * i), PieceType.Normal);
        return model.Piece("[x]", 0, PieceType.UserDefined).Settings(kind, byteFallback, dummyPrefix, trim).Bytes;
    }

    public TestModel Piece(string text, float score, PieceType type)
    {
        var piece = new TestModel();
        piece.Field(1, System.Text.Encoding.UTF8.GetBytes(text));
        piece.Key(2, 5);
        piece.bytes.AddRange(BitConverter.GetBytes(score));
        piece.Number(3, (ulong)type);
        return Field(1, piece.Bytes);
    }

    public TestModel Settings(SegmentationKind kind, bool byteFallback, bool dummyPrefix, bool trim, bool suffix = false)
    {
        var trainer = new TestModel();
        trainer.Number(3, (ulong)kind).Number(35, byteFallback ? 1u : 0u).Number(24, suffix ? 1u : 0u);
        var normalizer = new TestModel();
        normalizer.Number(3, dummyPrefix ? 1u : 0u).Number(4, trim ? 1u : 0u);
        return Field(2, trainer.Bytes).Field(3, normalizer.Bytes);
    }

    public TestModel Field(int number, ReadOnlySpan<byte> value)
    {
        Key(number, 2);
        Varint((ulong)value.Length);
        bytes.AddRange(value);
        return this;
    }

    public TestModel Number(int number, ulong value)
    {
        Key(number, 0);
        Varint(value);
        return this;
    }

    private void Key(int number, int wire) => Varint(((ulong)number << 3) | (uint)wire);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}

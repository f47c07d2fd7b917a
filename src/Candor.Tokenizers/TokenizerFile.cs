namespace Candor.Tokenizers;

/// <summary>Reads files of bounded size.</summary>
internal static class TokenizerFile
{
    /// <summary>The largest file that is taken: several times the largest tokenizer published.</summary>
    public const long MaxSize = 512L << 20;

    /// <summary>Reads a whole regular file.</summary>
    /// <exception cref="TokenizerFormatException">It is not a regular file, or too large.</exception>
    public static byte[] ReadAll(string path)
    {
        if (Directory.Exists(path)) throw new TokenizerFormatException(path, "", "a folder, expected a file");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        if (!stream.CanSeek) throw new TokenizerFormatException(path, "", "not a regular file");
        if (stream.Length > MaxSize) throw new TokenizerFormatException(path, "", $"{stream.Length} bytes, expected at most {MaxSize}");
        var bytes = new byte[stream.Length];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count == bytes.Length ? bytes : bytes[..count];
    }
}

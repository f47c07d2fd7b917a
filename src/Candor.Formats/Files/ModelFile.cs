using Candor.Tensors;

namespace Candor.Formats;

/// <summary>Opens files for the readers, with one kind of exception for whatever goes wrong.</summary>
internal static unsafe class ModelFile
{
    private const string Advice = "pickle files can run any program when loaded; convert the model to safetensors and open that";

    /// <summary>Maps a file that must hold something.</summary>
    /// <exception cref="ModelFormatException">It is missing, unreadable, empty or not a regular file.</exception>
    public static MappedFile Map(string path)
    {
        MappedFile file = Guard(path, () => new MappedFile(path));
        if (file.Length != 0) return file;
        file.Dispose();
        throw new ModelFormatException(path, "", "is empty or not a regular file");
    }

    /// <summary>Reads a whole small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ModelFormatException">It is missing, unreadable, too long or not a regular file.</exception>
    public static byte[] ReadAll(string path, long limit)
    {
        using MappedFile file = Map(path);
        if (file.Length > limit)
            throw new ModelFormatException(path, "", $"has {file.Length} bytes, at most {limit} are expected of such a file");
        return new ReadOnlySpan<byte>(file.Pointer, (int)file.Length).ToArray();
    }

    /// <summary>Whether a file begins with these bytes.</summary>
    /// <exception cref="ModelFormatException">It is missing, unreadable, empty or not a regular file.</exception>
    public static bool StartsWith(string path, ReadOnlySpan<byte> magic)
    {
        using MappedFile file = Map(path);
        return file.Length >= magic.Length && new ReadOnlySpan<byte>(file.Pointer, magic.Length).SequenceEqual(magic);
    }

    /// <summary>Refuses Python's pickle files by their first bytes or by their name.</summary>
    public static void RefusePickle(string path, ReadOnlySpan<byte> start)
    {
        bool zip = start.StartsWith("PK\u0003\u0004"u8);
        bool pickle = start.Length >= 2 && start[0] == 0x80 && start[1] is >= 1 and <= 5;
        if (zip || pickle || HasPickleName(path)) throw Pickle(path);
    }

    /// <summary>Whether a name is one that pickle files have.</summary>
    public static bool HasPickleName(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".BIN" or ".PT" or ".PTH" or ".PKL" or ".PICKLE" or ".CKPT";

    /// <summary>The refusal of a pickle file.</summary>
    public static ModelFormatException Pickle(string path) => new(path, "", "is a PyTorch pickle file: " + Advice);

    /// <summary>Turns the exceptions of the file system into <see cref="ModelFormatException"/>.</summary>
    public static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException(path, "", "no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string problem = Directory.Exists(path) ? "is a folder, a file is expected" : e.Message.ReplaceLineEndings(" ");
            throw new ModelFormatException(path, "", problem, e);
        }
    }

    /// <summary>A name out of a file in quotes, cut where it is too long for a message.</summary>
    public static string Quote(string name) => name.Length > 80 ? $"\"{name[..80]}…\"" : $"\"{name}\"";
}

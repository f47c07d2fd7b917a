namespace Candor.Formats;

/// <summary>
/// A model file or folder is damaged, hostile or not of a supported kind. The message is one line that names the
/// file, where in it, what was found and what was expected.
/// </summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Describes one fault.</summary>
    /// <param name="file">The file or folder at fault.</param>
    /// <param name="where">The field, key, tensor or byte offset at fault; empty where the whole file is.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public ModelFormatException(string file, string where, string problem, Exception? inner = null)
        : base(OneLine(where.Length == 0 ? $"{file}: {problem}" : $"{file}: {where}: {problem}"), inner)
    {
        File = file;
        Where = where;
    }

    /// <summary>The file or folder at fault.</summary>
    public string File { get; }

    /// <summary>The field, key, tensor or byte offset at fault; empty where the whole file is.</summary>
    public string Where { get; }

    // Names out of a hostile file must not start new lines or move the cursor of a terminal.
    private static string OneLine(string text)
    {
        foreach (char c in text)
            if (char.IsControl(c)) return string.Concat(text.Select(x => char.IsControl(x) ? '\uFFFD' : x));
        return text;
    }
}

using Candor.Formats;

namespace Candor.Models;

/// <summary>What a family looks at to read a GGUF model: its metadata and the shapes of its tensors, of a file that is there or is yet to be written.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="Metadata">Its keys.</param>
/// <param name="Shape">The shape of a tensor in row-major order, or null where there is none of this name.</param>
public sealed record GgufView(string Path, GgufMetadata Metadata, Func<string, IReadOnlyList<long>?> Shape)
{
    /// <summary>The view of a file.</summary>
    public static GgufView Of(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new GgufView(file.Path, file.Metadata, name => file.Tensors.TryGetValue(name, out StoredTensor? tensor) ? tensor.Shape : null);
    }
}

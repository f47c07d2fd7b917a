using Candor.Formats;
using Candor.Tokenizers.Gguf;

namespace Candor.Bridges;

/// <summary>Lets the tokenizers read a GGUF file's metadata. Compiled into the projects that use both, which do not know each other.</summary>
internal sealed class GgufVocabularyMetadata(GgufMetadata metadata) : IVocabularyMetadata
{
    public bool TryGetString(string key, out string value) => metadata.TryGetString(key, out value);

    public bool TryGetBool(string key, out bool value) => metadata.TryGetBool(key, out value);

    public bool TryGetInt64(string key, out long value) => metadata.TryGetInt64(key, out value);

    public bool TryGetStrings(string key, out string[] value) => metadata.TryGetStrings(key, out value);

    public bool TryGetInt32s(string key, out int[] value) => metadata.TryGetInt32s(key, out value);

    public bool TryGetFloats(string key, out float[] value) => metadata.TryGetFloats(key, out value);
}

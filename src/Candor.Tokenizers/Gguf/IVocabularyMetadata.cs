namespace Candor.Tokenizers.Gguf;

/// <summary>The metadata of a GGUF file, as far as a vocabulary needs it. Each method returns false where the key is absent.</summary>
public interface IVocabularyMetadata
{
    /// <summary>A string.</summary>
    bool TryGetString(string key, out string value);

    /// <summary>A boolean.</summary>
    bool TryGetBool(string key, out bool value);

    /// <summary>An integer of any width.</summary>
    bool TryGetInt64(string key, out long value);

    /// <summary>An array of strings.</summary>
    bool TryGetStrings(string key, out string[] values);

    /// <summary>An array of integers of any width.</summary>
    bool TryGetInt32s(string key, out int[] values);

    /// <summary>An array of floating-point numbers.</summary>
    bool TryGetFloats(string key, out float[] values);
}

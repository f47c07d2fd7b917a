using System.Text.Json;
using Candor.Bridges;
using Candor.Formats;
using Candor.Tokenizers;
using Candor.Tokenizers.Gguf;

namespace Candor.Inference;

/// <summary>What of a model is neither weights nor architecture, on its way between a Hugging Face folder and GGUF: tokenizer, templates, licence.</summary>
public static class FolderText
{
    private const string TokenizerKey = "tokenizer.huggingface.json";
    private const string FilesKey = "candor.files.";

    /// <summary>Small files that a GGUF file keeps word for word, so that the way back is exact.</summary>
    private static readonly string[] Kept = ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "added_tokens.json"];

    /// <summary>The metadata that a folder adds to its GGUF file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="vocabularySize">Rows of the embedding table.</param>
    /// <param name="tokenizer">Whether the tokenizer is wanted.</param>
    /// <exception cref="TokenizerFormatException">A file is damaged, or GGUF cannot hold this tokenizer.</exception>
    public static GgufMetadata ToGguf(ModelFolder folder, int vocabularySize, bool tokenizer = true)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var metadata = new GgufMetadata();
        bool any = folder.TokenizerJson is not null || folder.TokenizerModel is not null || folder.Find("vocab.json") is not null || folder.Find("vocab.txt") is not null;
        if (tokenizer && any)
        {
            GgufVocabularyWriter.Add(VocabularyExport.Of(folder.Path, vocabularySize), metadata);
            if (folder.TokenizerJson is { } json) metadata[TokenizerKey] = GgufValue.Of(File.ReadAllText(json));
            IReadOnlySet<int> ends = ModelText.FromFolder(folder).EndIds;
            if (ends.Count > 0 && !metadata.ContainsKey("tokenizer.ggml.eos_token_id")) metadata["tokenizer.ggml.eos_token_id"] = GgufValue.Of((uint)ends.Min());
            if (ends.Count > 1) metadata["tokenizer.ggml.eos_token_ids"] = GgufValue.OfArray<int>([.. ends.Order()]);
        }

        foreach (string name in Kept)
            if (folder.Find(name) is { } path) metadata[FilesKey + name] = GgufValue.Of(File.ReadAllText(path));
        return metadata;
    }

    /// <summary>Writes what a GGUF file has of these into a folder.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <param name="path">The folder.</param>
    /// <returns>Whether the folder has a tokenizer now: a tokenizer.json cannot say what every vocabulary does.</returns>
    /// <exception cref="TokenizerFormatException">The vocabulary is damaged.</exception>
    public static bool ToFolder(GgufMetadata metadata, string path)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        foreach (string name in Kept)
            if (metadata.GetString(FilesKey + name, null) is { } text) Write(path, name, Utf8(text));
        if (metadata.GetString("tokenizer.chat_template", null) is { } template) Write(path, "chat_template.jinja", Utf8(template));
        if (!metadata.ContainsKey(FilesKey + "tokenizer_config.json") && metadata.TryGetStrings("tokenizer.ggml.tokens", out string[] tokens)) Write(path, "tokenizer_config.json", Utf8(Config(metadata, tokens)));
        if (metadata.GetString(TokenizerKey, null) is { } own) Write(path, "tokenizer.json", Utf8(own));
        else if (Made(metadata) is { } made) Write(path, "tokenizer.json", made);
        else return false;
        return true;
    }

    /// <summary>The tokenizer.json of a file that does not carry its own.</summary>
    private static byte[]? Made(GgufMetadata metadata)
    {
        string kind = metadata.GetString("tokenizer.ggml.model", null) ?? "none";
        return kind is "none" or "no_vocab" ? null : TokenizerJsonExport.Of(GgufVocabulary.Read(new GgufVocabularyMetadata(metadata), "tokenizer.ggml"));
    }

    private static string Config(GgufMetadata metadata, string[] tokens)
    {
        using var buffer = new MemoryStream();
        using (var w = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            w.WriteStartObject();
            foreach ((string role, string key) in (ReadOnlySpan<(string, string)>)
                [("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"), ("pad_token", "padding"), ("cls_token", "cls"), ("mask_token", "mask")])
                if (metadata.TryGetInt32($"tokenizer.ggml.{key}_token_id", out int id) && id >= 0 && id < tokens.Length) w.WriteString(role, tokens[id]);
            w.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            w.WriteBoolean("clean_up_tokenization_spaces", false);
            w.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static void Write(string folder, string name, byte[] text) => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(text));
}

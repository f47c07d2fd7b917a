using Candor.Tokenizers.Folders;
using Candor.Tokenizers.Json;
using Candor.Tokenizers.Mistral;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers;

/// <summary>A tokenizer with all that its folder says of it.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Config">What the files around it say.</param>
/// <param name="Source">The file that the vocabulary came from.</param>
public sealed record TokenizerFolder(Tokenizer Tokenizer, TokenizerConfig Config, string Source)
{
    /// <summary>
    /// Opens a folder: <c>tokenizer.json</c> if it has one, else <c>tekken.json</c>, else <c>tokenizer.model</c> or
    /// <c>spiece.model</c>, else <c>vocab.json</c> with <c>merges.txt</c>, else <c>vocab.txt</c>. Or opens one such file of any name
    /// by its ending, with the files beside it.
    /// </summary>
    /// <param name="path">A folder, or a file that ends in <c>.json</c> or <c>.model</c>.</param>
    /// <exception cref="TokenizerFormatException">A file is damaged, or there is none that could be a tokenizer.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TokenizerFolder Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!Directory.Exists(path))
        {
            if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such file or folder", path);
            return OpenFile(path, TokenizerConfig.Load(Path.GetDirectoryName(Path.GetFullPath(path))!));
        }

        TokenizerConfig config = TokenizerConfig.Load(path);
        foreach (string name in (string[])["tokenizer.json", "tekken.json", "tokenizer.model", "spiece.model"])
        {
            string file = Path.Combine(path, name);
            if (File.Exists(file)) return OpenFile(file, config);
        }

        string vocabulary = Path.Combine(path, "vocab.json");
        if (File.Exists(vocabulary) && File.Exists(Path.Combine(path, "merges.txt")))
            return new TokenizerFolder(VocabularyFiles.ReadBytePairs(path, config), config, vocabulary);
        string words = Path.Combine(path, "vocab.txt");
        if (File.Exists(words)) return new TokenizerFolder(VocabularyFiles.ReadWordPieces(path, config), config, words);
        throw new TokenizerFormatException(path, "", "no tokenizer: expected tokenizer.json, tokenizer.model, tekken.json, vocab.json with merges.txt, or vocab.txt");
    }

    private static TokenizerFolder OpenFile(string file, TokenizerConfig config)
    {
        string name = Path.GetFileName(file);
        if (name.Contains(".model", StringComparison.OrdinalIgnoreCase))
        {
            // T5 ends its texts and does not begin them; LLaMA and its kin do the opposite.
            bool t5 = config.TokenizerClass is { } kind && (kind.StartsWith("T5", StringComparison.Ordinal) || kind.StartsWith("MT5", StringComparison.Ordinal));
            var options = new SentencePieceOptions
            {
                AddBos = config.AddBosToken ?? (t5 ? false : null),
                AddEos = config.AddEosToken ?? (t5 ? true : null),
                PrefixAfterSpecial = config.Legacy ?? true,
            };
            return new TokenizerFolder(SentencePieceTokenizer.Load(file, options), config, file);
        }

        if (!name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new TokenizerFormatException(file, "", "expected a file that ends in .json or .model, or a folder");
        if (name.StartsWith("tekken", StringComparison.OrdinalIgnoreCase)) return new TokenizerFolder(TekkenTokenizer.Load(file), config, file);
        TokenizerParts parts = TokenizerJsonReader.Read(TokenizerFile.ReadAll(file), file);

        // The configuration may list tokens that were added later than the file was written.
        var known = new HashSet<string>(parts.AddedTokens.Select(t => t.Content));
        List<AddedToken> later = [.. config.AddedTokens
            .Where(t => t.Content.Length > 0 && known.Add(t.Content))
            .Select(t => parts.Model.Vocabulary.Id(t.Content) is { } id ? t with { Id = id } : t)];
        if (later.Count > 0) parts = parts with { AddedTokens = [.. parts.AddedTokens, .. later] };
        return new TokenizerFolder(new JsonTokenizer(parts), config, file);
    }
}

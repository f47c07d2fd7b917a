using Candor.Formats;
using Candor.Inference;
using Candor.Tokenizers;
using Candor.Tokenizers.Templates;

namespace Candor.Cli.Common;

/// <summary>Opens what is needed for text only: a tokenizer and templates, from a model, a folder, or a tokenizer's file alone.</summary>
internal static class TextSource
{
    public static ModelText Open(string path)
    {
        if (Directory.Exists(path)) return ModelText.FromFolder(ModelFolder.Open(path));
        if (!File.Exists(path)) throw new CliException($"{path}: no such file or folder", ExitCode.Files);
        if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || IsGguf(path))
        {
            using GgufFile file = GgufFile.Open(path);
            return ModelText.FromGguf(file);
        }

        TokenizerFolder opened = TokenizerFolder.Open(path);
        return new ModelText
        {
            Tokenizer = opened.Tokenizer, SpecialTokens = opened.Config.SpecialTokens,
            Templates = opened.Config.ChatTemplates.Count == 0 ? null : new ChatTemplateSet(opened.Config.ChatTemplates),
        };
    }

    public static Tokenizer OpenTokenizer(string path) => Open(path).Tokenizer ?? throw new CliException($"{path}: there is no tokenizer in it", ExitCode.Format);

    private static bool IsGguf(string path)
    {
        Span<byte> magic = stackalloc byte[4];
        using FileStream stream = File.OpenRead(path);
        return stream.ReadAtLeast(magic, 4, false) == 4 && magic.SequenceEqual("GGUF"u8);
    }
}

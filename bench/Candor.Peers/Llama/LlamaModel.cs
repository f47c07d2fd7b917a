using System.Text;

namespace Candor.Peers.Llama;

/// <summary>A model loaded by llama.cpp, with its defaults: memory-mapped, weights repacked where it can.</summary>
internal sealed unsafe class LlamaModel : IDisposable
{
    private readonly nint vocabulary;

    /// <exception cref="LlamaException">llama.cpp cannot load the file.</exception>
    public LlamaModel(string path)
    {
        Handle = Native.llama_model_load_from_file(path, Native.llama_model_default_params());
        if (Handle == 0) throw new LlamaException($"{path}: llama.cpp cannot load it (--verbose says why)");
        vocabulary = Native.llama_model_get_vocab(Handle);
        VocabularySize = Native.llama_vocab_n_tokens(vocabulary);
    }

    public nint Handle { get; private set; }

    public int VocabularySize { get; }

    /// <summary>Whether the model wants a token that begins every text.</summary>
    public bool AddsBos => Native.llama_vocab_get_add_bos(vocabulary) != 0;

    public int Bos => Native.llama_vocab_bos(vocabulary);

    public ulong Parameters => Native.llama_model_n_params(Handle);

    /// <summary>Bytes of all tensors together.</summary>
    public ulong Bytes => Native.llama_model_size(Handle);

    public string Description
    {
        get
        {
            byte* buffer = stackalloc byte[256];
            int length = Native.llama_model_desc(Handle, buffer, 256);
            return length < 0 ? "" : LlamaLibrary.Text(buffer);
        }
    }

    /// <summary>Ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">Add the tokens that the model puts around every text.</param>
    /// <param name="parseSpecial">Read the names of control tokens in the text as these tokens.</param>
    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var ids = new int[bytes.Length + 2];
        fixed (byte* first = bytes)
        fixed (int* into = ids)
        {
            byte none = 0;
            int count = Native.llama_tokenize(
                vocabulary, first is null ? &none : first, bytes.Length, into, ids.Length, addSpecial ? (byte)1 : (byte)0, parseSpecial ? (byte)1 : (byte)0);
            if (count < 0) throw new LlamaException($"llama.cpp wants {-count} tokens for {bytes.Length} bytes of text");
            return ids[..count];
        }
    }

    public void Dispose()
    {
        if (Handle != 0) Native.llama_model_free(Handle);
        Handle = 0;
    }
}

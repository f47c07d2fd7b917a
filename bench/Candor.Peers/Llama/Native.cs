using System.Runtime.InteropServices;

namespace Candor.Peers.Llama;

/// <summary>The functions of llama.cpp and ggml that are used here, by their own names.</summary>
internal static unsafe partial class Native
{
    /// <summary>Resolved by <see cref="LlamaLibrary"/>, as are the two below: file names carry the release.</summary>
    public const string Llama = "llama";
    public const string Ggml = "ggml";
    public const string GgmlBase = "ggml-base";

    [LibraryImport(Llama)] public static partial byte* llama_version();
    [LibraryImport(Llama)] public static partial byte* llama_print_system_info();
    [LibraryImport(Llama)] public static partial void llama_backend_init();
    [LibraryImport(Llama)] public static partial void llama_log_set(delegate* unmanaged<int, byte*, void*, void> callback, void* data);
    [LibraryImport(Llama)] public static partial ModelParameters llama_model_default_params();
    [LibraryImport(Llama)] public static partial ContextParameters llama_context_default_params();
    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)] public static partial nint llama_model_load_from_file(string path, ModelParameters parameters);
    [LibraryImport(Llama)] public static partial void llama_model_free(nint model);
    [LibraryImport(Llama)] public static partial int llama_model_desc(nint model, byte* buffer, nuint size);
    [LibraryImport(Llama)] public static partial ulong llama_model_size(nint model);
    [LibraryImport(Llama)] public static partial ulong llama_model_n_params(nint model);
    [LibraryImport(Llama)] public static partial nint llama_model_get_vocab(nint model);
    [LibraryImport(Llama)] public static partial int llama_vocab_n_tokens(nint vocabulary);
    [LibraryImport(Llama)] public static partial int llama_vocab_bos(nint vocabulary);
    [LibraryImport(Llama)] public static partial byte llama_vocab_get_add_bos(nint vocabulary);
    [LibraryImport(Llama)] public static partial int llama_tokenize(nint vocabulary, byte* text, int length, int* tokens, int maximum, byte addSpecial, byte parseSpecial);
    [LibraryImport(Llama)] public static partial nint llama_init_from_model(nint model, ContextParameters parameters);
    [LibraryImport(Llama)] public static partial void llama_free(nint context);
    [LibraryImport(Llama)] public static partial nint llama_get_memory(nint context);
    [LibraryImport(Llama)] public static partial void llama_memory_clear(nint memory, byte data);

    [LibraryImport(Llama)] public static partial byte llama_memory_seq_rm(nint memory, int sequence, int begin, int end);
    [LibraryImport(Llama)] public static partial int llama_decode(nint context, Batch batch);
    [LibraryImport(Llama)] public static partial void llama_synchronize(nint context);
    [LibraryImport(Llama)] public static partial float* llama_get_logits(nint context);
    [LibraryImport(Llama)] public static partial void llama_attach_threadpool(nint context, nint pool, nint batchPool);
    [LibraryImport(Llama)] public static partial void llama_detach_threadpool(nint context);

    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)] public static partial void ggml_backend_load_all_from_path(string folder);
    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)] public static partial nint ggml_backend_reg_by_name(string name);

    [LibraryImport(GgmlBase)] public static partial byte* ggml_version();
    [LibraryImport(GgmlBase)] public static partial byte* ggml_commit();
    [LibraryImport(GgmlBase)] public static partial void ggml_threadpool_params_init(ThreadPoolParameters* parameters, int threads);
    [LibraryImport(GgmlBase, StringMarshalling = StringMarshalling.Utf8)] public static partial nint ggml_backend_reg_get_proc_address(nint registry, string name);
}

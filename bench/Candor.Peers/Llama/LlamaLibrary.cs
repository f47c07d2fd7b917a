using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Peers.Llama;

/// <summary>
/// Finds and loads llama.cpp's library, checks that it is the release whose structs are bound, and loads the variant
/// of its processor code that fits this machine best, as its own programs do.
/// </summary>
internal static unsafe class LlamaLibrary
{
    /// <summary>The release of llama.cpp that <c>Structs.cs</c> describes; <c>bench/peers/get-llama.sh</c> fetches it.</summary>
    public const string Release = "0.5.0";

    private const string Package = "bench/peers/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64";

    /// <summary>What <c>llama_version</c> says.</summary>
    public static string Version => Text(Native.llama_version());

    /// <summary>ggml's version and commit.</summary>
    public static string GgmlVersion => $"{Text(Native.ggml_version())} ({Text(Native.ggml_commit())})";

    /// <summary>Processor features that the loaded code uses, as llama.cpp prints them.</summary>
    public static string SystemInfo => Text(Native.llama_print_system_info());

    /// <summary>The variant of the processor code that was chosen, such as <c>haswell</c> or <c>zen4</c>.</summary>
    public static string CpuVariant { get; private set; } = "none";

    /// <summary>Loads everything. Call it once, before anything else of this namespace.</summary>
    /// <param name="folder">Where the libraries lie; null looks for the fetched package above the program.</param>
    /// <param name="verbose">Leave llama.cpp's own log on standard error.</param>
    /// <exception cref="LlamaException">The library is missing or is another release.</exception>
    public static void Load(string? folder, bool verbose)
    {
        folder = folder is null ? FindPackage() : Path.GetFullPath(folder);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => Open(folder, name));
        CheckRelease();
        if (!verbose) Native.llama_log_set(&Silence, null);
        Native.ggml_backend_load_all_from_path(folder);
        CpuVariant = LoadedVariant() ?? throw new LlamaException($"no processor code of llama.cpp in {folder} runs on this machine");
        Native.llama_backend_init();
    }

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static nint Open(string folder, string name)
    {
        string plain = Path.Combine(folder, $"lib{name}.so");
        string? file = File.Exists(plain) ? plain
            : Directory.Exists(folder) ? Directory.EnumerateFiles(folder, $"lib{name}.v*.so").FirstOrDefault() : null;
        return file is null
            ? throw new LlamaException($"no lib{name}.so in {folder}: run bench/peers/get-llama.sh")
            : NativeLibrary.Load(file);
    }

    private static string FindPackage()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            string folder = Path.Combine(d.FullName, Package);
            if (Directory.Exists(folder)) return folder;
        }

        throw new LlamaException("llama.cpp's library is not there: run bench/peers/get-llama.sh, or give --library FOLDER");
    }

    /// <summary>
    /// The version alone could be a development build between two releases, so a wrong offset is looked for as well: the
    /// defaults sit at both ends of each struct and between them.
    /// </summary>
    private static void CheckRelease()
    {
        ModelParameters model = Native.llama_model_default_params();
        ContextParameters context = Native.llama_context_default_params();
        bool asExpected = Version.Split('-')[0] == Release
            && Unsafe.SizeOf<ModelParameters>() == 80 && Unsafe.SizeOf<ContextParameters>() == 160
            && Unsafe.SizeOf<Batch>() == 56 && Unsafe.SizeOf<ThreadPoolParameters>() == 528
            && model is { GpuLayers: -1, SplitMode: 1, LoadMode: -1, LazyMode: 1, MainGpu: 0, UseExtraBufferTypes: 1, NoHost: 0 }
            && context is { Context: 512, Batch: 2048, MicroBatch: 512, MaximumSequences: 1, Threads: 4, ThreadsBatch: 4 }
            && context is { RopeScalingType: -1, FlashAttention: FlashAttention.Auto, YarnExtensionFactor: -1, DefragmentThreshold: -1 }
            && context is { KeyType: CacheType.F16, ValueType: CacheType.F16, Embeddings: 0, OffloadCache: 1, FullSlidingWindow: 1 };
        if (!asExpected)
            throw new LlamaException($"llama.cpp {Version} is not the release bound here ({Release}): run bench/peers/get-llama.sh");
    }

    private static string? LoadedVariant() =>
        File.ReadLines("/proc/self/maps")
            .Select(line => Path.GetFileNameWithoutExtension(line))
            .FirstOrDefault(name => name.StartsWith("libggml-cpu", StringComparison.Ordinal))?
            .Replace("libggml-cpu-", "", StringComparison.Ordinal);

    [UnmanagedCallersOnly]
    private static void Silence(int level, byte* text, void* data)
    {
    }
}

using System.CommandLine;
using Candor.Peers.Llama;

namespace Candor.Peers.Commands;

/// <summary>Arguments and options that several commands share.</summary>
internal static class Arguments
{
    public static Argument<FileInfo> Model() =>
        new Argument<FileInfo>("model") { Description = "The GGUF file." }.AcceptExistingOnly();

    public static Option<int> Threads() =>
        Positive("--threads", "Threads.", Environment.ProcessorCount, "-t");

    public static Option<DirectoryInfo?> Library() =>
        new("--library") { Description = "Where llama.cpp's libraries lie (default: what get-llama.sh fetched)." };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Leave llama.cpp's own log on standard error." };

    public static Option<FlashAttention> FlashAttention() =>
        new("--flash-attention", "-fa") { Description = "Flash attention.", DefaultValueFactory = _ => Llama.FlashAttention.Auto };

    public static Option<CacheType> Cache() =>
        new("--cache-type", "--kv") { Description = "Element type of keys and values.", DefaultValueFactory = _ => CacheType.F16 };

    public static Option<int> Depth() => Number("--depth", "Tokens in the context before either begins.", 0, 0, "-d");

    public static Option<int> Sessions() => Positive("--sessions", "Sessions that decode together.", 1);

    public static Option<int> Positive(string name, string description, int value, params string[] aliases) =>
        Number(name, description, value, 1, aliases);

    public static Option<int> Number(string name, string description, int value, int least, params string[] aliases)
    {
        var option = new Option<int>(name, aliases) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int given) && given < least)
                result.AddError($"{name} must be {least} or more, not {given}.");
        });
        return option;
    }
}

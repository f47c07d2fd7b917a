using System.CommandLine;
using Candor.Formats;
using Candor.Inference;
using Candor.Kernels;
using Candor.Models;
using Candor.Training;

namespace Candor.Cli.Common;

/// <summary>The MODEL argument and the options on how it computes, shared by all commands that run one.</summary>
/// <param name="optional">Whether the small model that comes with Candor stands in where none is named.</param>
internal sealed class ModelOptionsGroup(bool optional = false)
{
    private const string OwnModel = "candor-small.gguf";

    public Argument<string?> Model { get; } = new("MODEL")
    {
        Description = "A GGUF file, a Hugging Face folder, or a model spec (JSON) beside its weights" + (optional ? "; the small model that comes with Candor where none is named." : "."),
        Arity = optional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    public Option<string> Activations { get; } = Choice("--activations", "How activations are held while quantized weights are multiplied: float32 is exact, 16 bits are near exact, 8 bits the fastest; mixed takes 16 bits where much hangs on them and 8 elsewhere; auto is q16, and mixed for 128 tokens or more at once.", "auto", "f32", "q8", "q16", "mixed");

    public Option<string> KeyValues { get; } = Choice("--kv", "How keys and values are cached; q8_0 takes about half of the memory of f16, q4_0 under a third at some loss.", "auto", "f16", "f32", "q8_0", "q4_0");

    public Option<int> Threads { get; } = new("--threads", "-t") { Description = "Threads; 0 means all processors.", DefaultValueFactory = _ => 0 };

    public Option<string[]> Lora { get; } = new("--lora") { Description = "An adapter: a folder as PEFT writes it, or a GGUF file; PATH=0.5 for half of what it adds. May be given several times. It works beside the weights where it can, or is merged into them.", AllowMultipleArgumentsPerToken = false };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Model);
        command.Options.Add(Activations);
        command.Options.Add(KeyValues);
        command.Options.Add(Threads);
        command.Options.Add(Lora);
    }

    /// <summary>Opens the model that was named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="template">A chat template instead of the model's own, or null.</param>
    /// <param name="path">Its path where it is not the one on the command line.</param>
    public LanguageModel Open(ParseResult parsed, string? template = null, string? path = null)
    {
        path ??= parsed.GetValue(Model) ?? Own;
        using var progress = Progress.Start($"opening {Path.GetFileName(path.TrimEnd('/'))}");
        (string Path, float Factor)[] adapters = [.. (parsed.GetValue(Lora) ?? []).Select(Adapter)];
        var options = new ModelOptions { Plan = PlanOptions(parsed), ChatTemplate = template };
        if (adapters is [(var alone, 1)] && !RuntimeAdapter.CanRun(alone)) options = options with { Weights = source => AdaptedStore.Merge(source, alone) };
        else if (adapters.Length > 0) options = options with { Adapter = plan => RuntimeAdapter.Load(plan, path, adapters) };
        return LanguageModel.Open(path, options);
    }

    /// <summary>A path, and behind = the factor on what the adapter adds.</summary>
    private static (string Path, float Factor) Adapter(string text)
    {
        int at = text.LastIndexOf('=');
        if (at < 0 || Path.Exists(text)) return (text, 1);
        return float.TryParse(text.AsSpan(at + 1), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out float factor) && float.IsFinite(factor)
            ? (text[..at], factor)
            : throw new CliException($"--lora {text}: a number must stand behind =", ExitCode.Usage);
    }

    /// <summary>The model that comes with Candor.</summary>
    public static string Own => Path.Combine(AppContext.BaseDirectory, OwnModel) is var path && File.Exists(path)
        ? path
        : throw new CliException($"no model: name one; the small model that comes with Candor ({OwnModel}) is not beside the program", ExitCode.Usage);

    public PlanOptions PlanOptions(ParseResult parsed)
    {
        int threads = parsed.GetValue(Threads);
        if (threads is < 0 or > 1024) throw new CliException($"--threads {threads}: 0 to 1024 is possible", ExitCode.Usage);
        return new PlanOptions
        {
            Activations = parsed.GetValue(Activations) switch { "f32" => ActivationMode.F32, "q8" => ActivationMode.Q8, "q16" => ActivationMode.Q16, "mixed" => ActivationMode.Mixed, _ => ActivationMode.Auto },
            KeyValues = parsed.GetValue(KeyValues) switch { "f16" => KeyValueType.F16, "f32" => KeyValueType.F32, "q8_0" => KeyValueType.Q8_0, "q4_0" => KeyValueType.Q4_0, _ => KeyValueType.Auto },
            Threads = threads,
        };
    }

    /// <summary>An option that takes one of a few words; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = $"{description} One of {string.Join(", ", words)}.", DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}

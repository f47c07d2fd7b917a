using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Candor.Cli.Common;
using Candor.Formats;
using Candor.Models;

namespace Candor.Cli.Commands;

/// <summary><c>candor inspect</c>: what is in a model file.</summary>
internal static class InspectCommand
{
    private const int DefaultContext = 4096;

    public static Command Create()
    {
        var path = new Argument<string>("MODEL") { Description = "A model, or a bare GGUF or safetensors file." };
        var tensors = new Option<bool>("--tensors") { Description = "Lists every tensor." };
        var layers = new Option<bool>("--layers") { Description = "Draws the network and lists the steps it runs." };
        var tensor = new Option<string?>("--tensor") { Description = "Looks into one weight: least, greatest, mean, deviation, histogram." };
        var output = new Option<string?>("--out") { Description = "With --tensor: writes its exact float32 values to this safetensors file." };
        var context = new Option<int>("--ctx") { Description = "Context to estimate memory for.", DefaultValueFactory = _ => DefaultContext };
        var json = new Option<bool>("--json") { Description = "Prints everything as JSON." };
        var command = new Command("inspect", "Shows what a model is made of.\n\nExamples:\n  candor inspect model.gguf\n  candor inspect folder --layers\n  candor inspect model.gguf --tensor blk.0.attn_q.weight --out q.safetensors");
        command.Arguments.Add(path);
        foreach (Option option in (Option[])[tensors, layers, tensor, output, context, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using InspectedFile file = InspectedFile.Open(parsed.GetValue(path)!);
            if (parsed.GetValue(tensor) is { } name) TensorReport.Write(file, name, parsed.GetValue(output), parsed.GetValue(json));
            else if (parsed.GetValue(json)) Report(file, parsed.GetValue(context));
            else
            {
                Summary(file, parsed.GetValue(context));
                if (parsed.GetValue(tensors)) Tensors(file);
                if (parsed.GetValue(layers)) LayerDrawing.Write(file);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Summary(InspectedFile file, int context)
    {
        void Line(string what, object? value)
        {
            if (value is not null) Console.Out.WriteLine($"{what,-16}{string.Create(CultureInfo.InvariantCulture, $"{value}")}");
        }

        Line("file", file.Store.Path);
        Line("architecture", file.Spec?.Architecture ?? $"none ({file.Problem})");
        Line("licence", file.Licence);
        Line("parameters", $"{file.Parameters:N0} in {file.Store.Tensors.Count} tensors");
        Line("weights", Bytes(file.WeightBytes));
        foreach (IGrouping<Tensors.ElementType, StoredTensor> group in file.Store.Tensors.Values.GroupBy(t => t.Type).OrderByDescending(g => g.Sum(t => t.ByteLength)))
            Line("", $"{Candor.Tensors.ElementTypes.Name(group.Key),-8}{group.Count(),5} tensors, {Bytes(group.Sum(t => t.ByteLength))}");
        if (file.Spec is { } spec)
        {
            Line("layers", spec.Layers.Count);
            Line("width", spec.HiddenSize);
            Line("vocabulary", spec.VocabularySize);
            Line("context", spec.ContextLength == 0 ? "unlimited" : spec.ContextLength);
            long cache = InspectedFile.CacheBytes(spec, context, half: true);
            Line("memory", $"{Bytes(file.WeightBytes + cache)} with {context} tokens of context ({Bytes(cache)} of keys, values and states in half precision)");
        }

        Line("tokenizer", file.Tokenizer);
        Line("chat template", file.Template);
    }

    private static void Tensors(InspectedFile file)
    {
        Console.Out.WriteLine();
        foreach (StoredTensor t in file.Store.Tensors.Values)
            Console.Out.WriteLine($"{Candor.Tensors.ElementTypes.Name(t.Type),-8} {"[" + string.Join(", ", t.Shape) + "]",-20} {t.Name}");
    }

    private static void Report(InspectedFile file, int context) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteString("file", file.Store.Path);
        if (file.Spec is not null) w.WriteString("architecture", file.Spec.Architecture);
        if (file.Licence is not null) w.WriteString("licence", file.Licence);
        w.WriteNumber("parameters", file.Parameters);
        w.WriteNumber("weight_bytes", file.WeightBytes);
        if (file.Spec is { } spec)
        {
            w.WriteNumber("layers", spec.Layers.Count);
            w.WriteNumber("hidden_size", spec.HiddenSize);
            w.WriteNumber("vocabulary_size", spec.VocabularySize);
            w.WriteNumber("context_length", spec.ContextLength);
            w.WriteStartObject("memory");
            w.WriteNumber("context", context);
            w.WriteNumber("cache_bytes_f16", InspectedFile.CacheBytes(spec, context, half: true));
            w.WriteNumber("cache_bytes_f32", InspectedFile.CacheBytes(spec, context, half: false));
            w.WriteEndObject();
        }

        if (file.Tokenizer is not null) w.WriteString("tokenizer", file.Tokenizer);
        w.WriteBoolean("chat_template", file.Template is not null);
        MetadataReport.Write(w, file);
        w.WriteStartObject("tensors");
        foreach (StoredTensor t in file.Store.Tensors.Values)
        {
            w.WriteStartObject(t.Name);
            w.WriteString("type", Candor.Tensors.ElementTypes.Name(t.Type));
            w.WriteStartArray("shape");
            foreach (long d in t.Shape) w.WriteNumberValue(d);
            w.WriteEndArray();
            w.WriteNumber("bytes", t.ByteLength);
            w.WriteEndObject();
        }

        w.WriteEndObject();
        w.WriteEndObject();
    });

    internal static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}

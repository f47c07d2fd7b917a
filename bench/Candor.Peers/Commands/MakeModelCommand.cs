using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.InteropServices;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Peers.Commands;

/// <summary><c>make-model</c>: a LLaMA of a given shape with random weights, for measuring speed.</summary>
internal static class MakeModelCommand
{
    private const int Drawn = 1 << 20;

    private static readonly Dictionary<string, Shape> Shapes = new()
    {
        ["135m"] = new(576, 30, 9, 3, 1536, 10000), ["1.1b"] = new(2048, 22, 32, 4, 5632, 10000), ["3b"] = new(3072, 26, 24, 8, 8192, 500000),
    };

    public static Command Create()
    {
        var shape = new Argument<string>("shape") { Description = $"The shape: {string.Join(", ", Shapes.Keys)}." };
        var output = new Argument<string>("out") { Description = "The GGUF file to write, in half precision; candor quantize makes the others of it." };
        var tokenizer = new Option<string>("--tokenizer") { Description = "A GGUF file whose tokenizer it gets.", Required = true };
        var command = new Command("make-model", "Write a model of random weights, for measuring speed.") { shape, output, tokenizer };
        command.SetAction(parsed =>
        {
            if (!Shapes.TryGetValue(parsed.GetValue(shape)!, out Shape? s)) throw new IOException($"{parsed.GetValue(shape)}: the shapes are {string.Join(", ", Shapes.Keys)}");
            using GgufFile source = GgufFile.Open(parsed.GetValue(tokenizer)!);
            Write(s, source, parsed.GetValue(output)!);
        });
        return command;
    }

    private static void Write(Shape s, GgufFile source, string path)
    {
        var metadata = new GgufMetadata { ["general.architecture"] = GgufValue.Of("llama"), ["general.name"] = GgufValue.Of("random weights"), ["general.file_type"] = GgufValue.Of(1u) };
        (string Key, uint Value)[] numbers =
        [
            ("context_length", 8192), ("embedding_length", (uint)s.Hidden), ("block_count", (uint)s.Layers), ("feed_forward_length", (uint)s.Inner),
            ("attention.head_count", (uint)s.Heads), ("attention.head_count_kv", (uint)s.KeyValueHeads), ("rope.dimension_count", (uint)(s.Hidden / s.Heads)),
        ];
        foreach ((string key, uint value) in numbers) metadata["llama." + key] = GgufValue.Of(value);
        metadata["llama.attention.layer_norm_rms_epsilon"] = GgufValue.Of(1e-5f);
        metadata["llama.rope.freq_base"] = GgufValue.Of(s.RopeBase);
        foreach ((string key, GgufValue value) in source.Metadata)
            if (key.StartsWith("tokenizer.", StringComparison.Ordinal)) metadata[key] = value;

        long vocabulary = source.Tensors["token_embd.weight"].Shape[0];
        int keys = s.Hidden / s.Heads * s.KeyValueHeads;
        List<TensorSource> tensors = [Matrix("token_embd", vocabulary, s.Hidden), Ones("output_norm", s.Hidden), Matrix("output", vocabulary, s.Hidden)];
        for (int i = 0; i < s.Layers; i++)
        {
            string layer = $"blk.{i}.";
            tensors.AddRange(
            [
                Ones(layer + "attn_norm", s.Hidden), Matrix(layer + "attn_q", s.Hidden, s.Hidden), Matrix(layer + "attn_k", keys, s.Hidden), Matrix(layer + "attn_v", keys, s.Hidden),
                Matrix(layer + "attn_output", s.Hidden, s.Hidden), Ones(layer + "ffn_norm", s.Hidden),
                Matrix(layer + "ffn_gate", s.Inner, s.Hidden), Matrix(layer + "ffn_up", s.Inner, s.Hidden), Matrix(layer + "ffn_down", s.Hidden, s.Inner),
            ]);
        }

        GgufWriter.Write(path, metadata, tensors);
    }

    private static TensorSource Ones(string name, int size) => new(name + ".weight", ElementType.F32, [size], stream =>
    {
        float[] ones = new float[size];
        Array.Fill(ones, 1);
        stream.Write(MemoryMarshal.AsBytes<float>(ones));
    });

    /// <summary>Normal numbers of a deviation that keeps the residual stream's size: a million of them, from another place on in each stretch.</summary>
    private static TensorSource Matrix(string name, long rows, int columns) => new(name + ".weight", ElementType.F16, [rows, columns], stream =>
    {
        var random = new Random(name.Length + (int)rows);
        var drawn = new Half[Drawn];
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = (Half)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) * 0.5 / Math.Sqrt(columns));
        for (long left = rows * columns; left > 0;)
        {
            int from = random.Next(Drawn / 2), count = (int)Math.Min(left, Drawn - from);
            stream.Write(MemoryMarshal.AsBytes<Half>(drawn.AsSpan(from, count)));
            left -= count;
        }
    });

    private sealed record Shape(int Hidden, int Layers, int Heads, int KeyValueHeads, int Inner, float RopeBase);
}

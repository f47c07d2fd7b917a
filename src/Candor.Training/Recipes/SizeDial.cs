using System.Text.Json.Nodes;

namespace Candor.Training;

/// <summary>
/// One number for the size of a LLaMA: so many layers, 64 times as wide, with heads of 64 that share keys and values in twos where they
/// are even in number, and feed-forwards of 8/3 of the width. Depth 4 has 3 million numbers in its layers, 6 has 10, 12 has 78, 24 has 620.
/// </summary>
public static class SizeDial
{
    private const int HeadSize = 64;

    /// <summary>The config.json of a depth, without its vocabulary.</summary>
    /// <param name="depth">1 or more.</param>
    /// <param name="length">Tokens that see each other in training; the context is at least 1024.</param>
    public static JsonObject Config(int depth, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        int width = HeadSize * depth;
        return new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_size"] = width, ["num_hidden_layers"] = depth,
            ["num_attention_heads"] = depth, ["num_key_value_heads"] = depth % 2 == 0 ? depth / 2 : depth, ["head_dim"] = HeadSize,
            ["intermediate_size"] = ((8 * width / 3) + HeadSize - 1) / HeadSize * HeadSize, ["hidden_act"] = "silu", ["max_position_embeddings"] = Math.Max(1024, length),
            ["rope_theta"] = 10000.0, ["rms_norm_eps"] = 1e-5,
            // The output matrix of a small model would be most of it.
            ["tie_word_embeddings"] = depth <= 12, ["attention_bias"] = false, ["mlp_bias"] = false, ["torch_dtype"] = "float32",
        };
    }
}

using Candor.Formats;
using static Candor.Peers.Shapes.RandomTensors;

namespace Candor.Peers.Shapes;

/// <summary>Falcon: attention with one key-value head and the feed-forward side by side.</summary>
internal sealed record FalconShape(int Hidden, int Layers, int Heads) : ModelShape("falcon", Hidden, Layers)
{
    protected override IEnumerable<(string Key, GgufValue Value)> Numbers =>
    [
        ("feed_forward_length", GgufValue.Of((uint)(4 * Hidden))), ("attention.head_count", GgufValue.Of((uint)Heads)), ("attention.head_count_kv", GgufValue.Of(1u)),
        ("attention.layer_norm_epsilon", GgufValue.Of(1e-5f)),
    ];

    protected override IEnumerable<TensorSource> End => [Vector("output_norm.weight", Hidden, 1), Vector("output_norm.bias", Hidden, 0)];

    protected override IEnumerable<TensorSource> Layer(string prefix) =>
    [
        Vector(prefix + "attn_norm.weight", Hidden, 1), Vector(prefix + "attn_norm.bias", Hidden, 0), Matrix(prefix + "attn_qkv", Hidden + (2 * (Hidden / Heads)), Hidden),
        Matrix(prefix + "attn_output", Hidden, Hidden), Matrix(prefix + "ffn_up", 4 * Hidden, Hidden), Matrix(prefix + "ffn_down", Hidden, 4 * Hidden),
    ];
}

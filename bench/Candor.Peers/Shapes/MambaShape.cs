using Candor.Formats;
using static Candor.Peers.Shapes.RandomTensors;

namespace Candor.Peers.Shapes;

/// <summary>Mamba: state-space blocks alone, twice as wide as the residual stream.</summary>
internal sealed record MambaShape(int Hidden, int Layers, int State, int Convolution) : ModelShape("mamba", Hidden, Layers)
{
    private int Inner => 2 * Hidden;

    private int StepRank => (Hidden + 15) / 16;

    protected override IEnumerable<(string Key, GgufValue Value)> Numbers =>
    [
        ("feed_forward_length", GgufValue.Of(0u)), ("attention.head_count", GgufValue.Of(0u)), ("attention.layer_norm_rms_epsilon", GgufValue.Of(1e-5f)),
        ("ssm.conv_kernel", GgufValue.Of((uint)Convolution)), ("ssm.inner_size", GgufValue.Of((uint)Inner)), ("ssm.state_size", GgufValue.Of((uint)State)),
        ("ssm.time_step_rank", GgufValue.Of((uint)StepRank)),
    ];

    protected override IEnumerable<TensorSource> Layer(string prefix) =>
    [
        Vector(prefix + "attn_norm.weight", Hidden, 1), Matrix(prefix + "ssm_in", 2 * Inner, Hidden), Matrix(prefix + "ssm_x", StepRank + (2 * State), Inner),
        Matrix(prefix + "ssm_dt", Inner, StepRank), Matrix(prefix + "ssm_out", Hidden, Inner),
        Table(prefix + "ssm_conv1d.weight", Inner, Convolution, (_, _) => 0.5f), Vector(prefix + "ssm_conv1d.bias", Inner, 0), Vector(prefix + "ssm_dt.bias", Inner, -3), Vector(prefix + "ssm_d", Inner, 1),
        Table(prefix + "ssm_a", Inner, State, (_, state) => -(state + 1)),
    ];
}

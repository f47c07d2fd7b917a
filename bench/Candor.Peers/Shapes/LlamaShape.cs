using Candor.Formats;
using static Candor.Peers.Shapes.RandomTensors;

namespace Candor.Peers.Shapes;

/// <summary>LLaMA, Mistral and Mixtral.</summary>
internal sealed record LlamaShape(int Hidden, int Layers, int Heads, int KeyValueHeads, int Inner, float RopeBase) : ModelShape("llama", Hidden, Layers)
{
    /// <summary>Keys that a query sees; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Experts, and how many of them a token uses; 0 for none.</summary>
    public int Experts { get; init; }

    public int Used { get; init; }

    protected override IEnumerable<(string Key, GgufValue Value)> Numbers
    {
        get
        {
            yield return ("feed_forward_length", GgufValue.Of((uint)Inner));
            yield return ("attention.head_count", GgufValue.Of((uint)Heads));
            yield return ("attention.head_count_kv", GgufValue.Of((uint)KeyValueHeads));
            yield return ("rope.dimension_count", GgufValue.Of((uint)(Hidden / Heads)));
            yield return ("attention.layer_norm_rms_epsilon", GgufValue.Of(1e-5f));
            yield return ("rope.freq_base", GgufValue.Of(RopeBase));
            if (Window > 0) yield return ("attention.sliding_window", GgufValue.Of((uint)Window));
            if (Experts == 0) yield break;
            yield return ("expert_count", GgufValue.Of((uint)Experts));
            yield return ("expert_used_count", GgufValue.Of((uint)Used));
        }
    }

    protected override IEnumerable<TensorSource> Layer(string prefix)
    {
        int keys = Hidden / Heads * KeyValueHeads;
        List<TensorSource> tensors =
        [
            Vector(prefix + "attn_norm.weight", Hidden, 1), Matrix(prefix + "attn_q", Hidden, Hidden), Matrix(prefix + "attn_k", keys, Hidden), Matrix(prefix + "attn_v", keys, Hidden),
            Matrix(prefix + "attn_output", Hidden, Hidden), Vector(prefix + "ffn_norm.weight", Hidden, 1),
        ];
        if (Experts == 0) return [.. tensors, Matrix(prefix + "ffn_gate", Inner, Hidden), Matrix(prefix + "ffn_up", Inner, Hidden), Matrix(prefix + "ffn_down", Hidden, Inner)];
        return
        [
            .. tensors, Matrix(prefix + "ffn_gate_inp", Experts, Hidden),
            Matrix(prefix + "ffn_gate_exps", Experts, Inner, Hidden), Matrix(prefix + "ffn_up_exps", Experts, Inner, Hidden), Matrix(prefix + "ffn_down_exps", Experts, Hidden, Inner),
        ];
    }
}

using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Mixtral 8x7B and 8x22B (arXiv:2401.04088): Mistral with experts. Its GGUF files are named llama.</summary>
internal static class Mixtral
{
    public static Family Family { get; } = new("Mixtral", ["mixtral"], FromConfig, [], null);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        var defaults = new LlamaDefaults { KeyValueHeads = 8, Inner = 14336, Context = 131072, Epsilon = 1e-5f, Theta = 1e6 };
        int window = Mistral.WindowOf(c, 0);
        var experts = new ExpertsSpec { Count = c.GetInt("num_local_experts", 8), Used = c.GetInt("num_experts_per_tok", 2), Normalize = true };
        return LlamaLike.FromConfig(
            c, defaults,
            ("router", Layer("block_sparse_moe.gate.weight")),
            ("expert_gate", Layer("block_sparse_moe.experts.{expert}.w1.weight")),
            ("expert_down", Layer("block_sparse_moe.experts.{expert}.w2.weight")),
            ("expert_up", Layer("block_sparse_moe.experts.{expert}.w3.weight")))
            .Each((l, _) => l with { Attention = l.Attention! with { Window = window }, FeedForward = l.FeedForward! with { Experts = experts } });
    }
}

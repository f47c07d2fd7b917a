namespace Candor.Models;

/// <summary>The feed-forward part of a layer. Biases are used where the tensors exist.</summary>
public sealed record FeedForwardSpec
{
    /// <summary>Width of the inner layer (of each expert, with experts).</summary>
    public required int InnerSize { get; init; }

    /// <summary>The non-linearity.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>down(act(gate(x)) · up(x)) where true (SwiGLU, GeGLU; arXiv:2002.05202); down(act(up(x))) where false.</summary>
    public required bool Gated { get; init; }

    /// <summary>Factor on the gate before the non-linearity (Falcon-H1). Default 1.</summary>
    public float GateScale { get; init; } = 1;

    /// <summary>Factor on the output (Falcon-H1). Default 1.</summary>
    public float OutputScale { get; init; } = 1;

    /// <summary>Slope of the sigmoid in <see cref="ActivationKind.ClampedSwiglu"/>. Default 1.702.</summary>
    public float Alpha { get; init; } = 1.702f;

    /// <summary>Clamp of <see cref="ActivationKind.ClampedSwiglu"/>. Default 7.</summary>
    public float Limit { get; init; } = 7;

    /// <summary>Mixture of experts; null for a dense layer.</summary>
    public ExpertsSpec? Experts { get; init; }
}

/// <summary>Non-linearities.</summary>
public enum ActivationKind
{
    /// <summary>x · sigmoid(x).</summary>
    Silu,
    /// <summary>x · Φ(x) with the error function.</summary>
    Gelu,
    /// <summary>GELU through its tanh approximation.</summary>
    GeluTanh,
    /// <summary>max(0, x).</summary>
    Relu,
    /// <summary>max(0, x)².</summary>
    Relu2,
    /// <summary>gpt-oss: gate and up clamped at <see cref="FeedForwardSpec.Limit"/>, (up + 1) · gate · sigmoid(<see cref="FeedForwardSpec.Alpha"/> · gate). Gated only.</summary>
    ClampedSwiglu,
}

/// <summary>A mixture of experts: a router chooses a few feed-forward networks for each token.</summary>
public sealed record ExpertsSpec
{
    /// <summary>Experts.</summary>
    public required int Count { get; init; }

    /// <summary>Experts chosen for a token.</summary>
    public required int Used { get; init; }

    /// <summary>How router logits become weights.</summary>
    public RouterKind Router { get; init; }

    /// <summary>Whether the chosen weights are divided by their sum.</summary>
    public bool Normalize { get; init; }

    /// <summary>Factor on the chosen weights. Default 1.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Groups of experts for group-limited choice (DeepSeek); 0 or 1 for none.</summary>
    public int Groups { get; init; }

    /// <summary>Groups that stay.</summary>
    public int GroupsUsed { get; init; }

    /// <summary>Inner width of a shared expert that every token uses; 0 for none.</summary>
    public int SharedInnerSize { get; init; }

    /// <summary>Whether the shared expert's output is multiplied by sigmoid(role <c>shared_router</c> · x) (Qwen 2 MoE).</summary>
    public bool SharedGated { get; init; }
}

/// <summary>How router logits become expert weights.</summary>
public enum RouterKind
{
    /// <summary>Softmax over all experts, then the best are chosen.</summary>
    Softmax,
    /// <summary>The best logits are chosen, then a softmax over them (gpt-oss).</summary>
    SoftmaxOfChosen,
    /// <summary>Sigmoid of each; a correction bias (role <c>router_correction</c>) takes part in the choice only (DeepSeek-V3).</summary>
    Sigmoid,
}

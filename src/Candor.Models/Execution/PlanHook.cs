using Candor.Kernels;

namespace Candor.Models;

/// <summary>Named points of a plan where values can be observed or changed.</summary>
public enum TapKind
{
    /// <summary>The residual stream before the first layer, [rows, hidden].</summary>
    Embedding,
    /// <summary>What a layer's mixer adds to the residual stream is in it: the stream between mixer and feed-forward, [rows, hidden]. Sequential layers only.</summary>
    ResidualMiddle,
    /// <summary>The residual stream after a layer, [rows, hidden].</summary>
    Residual,
    /// <summary>Attention probabilities, [rows, heads, keys].</summary>
    Attention,
    /// <summary>Attention output before the output matrix, [rows, heads · valueSize].</summary>
    AttentionOutput,
    /// <summary>Activated inner values of a feed-forward layer, before its down matrix, [rows, inner].</summary>
    Neurons,
    /// <summary>Expert choice: weights by expert, 0 for those not chosen, [rows, experts].</summary>
    Router,
    /// <summary>The residual stream after the final norm, at the rows that give logits, [outputs, hidden].</summary>
    FinalNorm,
    /// <summary>Logits, [outputs, vocabulary].</summary>
    Logits,
}

/// <summary>Which point a hook was called at.</summary>
/// <param name="Kind">The point.</param>
/// <param name="Layer">The layer, from 0; -1 where there is none.</param>
public readonly record struct TapPoint(TapKind Kind, int Layer = -1);

/// <summary>
/// Sees or changes values while a plan runs. A plan without a hook does no work for it. Called on the thread that runs
/// the plan, between its steps; rows are those of the <see cref="Batch"/>.
/// </summary>
public abstract class PlanHook
{
    /// <summary>Whether <see cref="OnTap"/> is to be called at a point. Attention is computed in a slower way where this is true for it.</summary>
    public abstract bool Wants(TapPoint point);

    /// <summary>Whether <see cref="OnInput"/> is to be called.</summary>
    public virtual bool WantsInputs => false;

    /// <summary>Called with the rows that a weight matrix is about to multiply; they are not to be changed.</summary>
    public virtual void OnInput(WeightMatrix weight, TapValues input)
    {
    }

    /// <summary>Called with the values at a point; they may be changed in place.</summary>
    public abstract void OnTap(TapPoint point, Batch batch, TapValues values);
}

/// <summary>The values at a point: rows of floats that may be changed while the call lasts.</summary>
public readonly unsafe ref struct TapValues
{
    private readonly float* first;
    private readonly nint stride;

    internal TapValues(float* first, nint stride, int rows, int width)
    {
        this.first = first;
        this.stride = stride;
        Rows = rows;
        Width = width;
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Floats a row.</summary>
    public int Width { get; }

    /// <summary>One row.</summary>
    public Span<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
            return new Span<float>(first + row * stride, Width);
        }
    }
}

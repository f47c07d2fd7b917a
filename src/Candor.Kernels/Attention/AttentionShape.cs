using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>What an attention layer computes, apart from its weights.</summary>
public sealed unsafe class AttentionShape
{
    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of a query and key head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Size of a value head.</summary>
    public required int ValueSize { get; init; }

    /// <summary>Factor on query · key.</summary>
    public required float Scale { get; init; }

    /// <summary>Keys that a query sees, its own included; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Keys are seen within the query's own chunk of this size; 0 for no chunks.</summary>
    public int Chunk { get; init; }

    /// <summary>score ← cap · tanh(score / cap); 0 for none.</summary>
    public float SoftCap { get; init; }

    /// <summary>Whether a query sees no later keys.</summary>
    public bool Causal { get; init; } = true;

    /// <summary>Score added a key position, [heads]; null for none.</summary>
    public float* Slopes { get; init; }

    /// <summary>A score a head that only takes part in the softmax's sum, [heads]; null for none.</summary>
    public float* Sinks { get; init; }

    /// <summary>First key that a query at this position sees.</summary>
    public int FirstKey(int position)
    {
        int first = Window > 0 ? Math.Max(0, position - Window + 1) : 0;
        return Chunk > 0 ? Math.Max(first, position / Chunk * Chunk) : first;
    }
}

/// <summary>Keys and values of one layer and one sequence: <see cref="CachePanels"/>, [positions / 16, kvHeads].</summary>
/// <param name="Keys">First byte of the keys.</param>
/// <param name="Values">First byte of the values.</param>
/// <param name="Type">How they are held; one that <see cref="CachePanels.CanHold"/> accepts.</param>
public readonly unsafe record struct KeyValueRows(nint Keys, nint Values, ElementType Type)
{
    /// <summary>The panel of keys that a position and a head lie in.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="position">The position.</param>
    /// <param name="head">The key-value head.</param>
    public byte* KeyPanel(AttentionShape shape, int position, int head) => Panel(Keys, shape.KeyValueHeads, shape.HeadSize, position, head);

    /// <summary>The panel of values that a position and a head lie in.</summary>
    /// <inheritdoc cref="KeyPanel"/>
    public byte* ValuePanel(AttentionShape shape, int position, int head) => Panel(Values, shape.KeyValueHeads, shape.ValueSize, position, head);

    private byte* Panel(nint panels, int heads, int size, int position, int head) =>
        (byte*)panels + ((((nint)(position / CachePanels.Positions) * heads) + head) * CachePanels.Bytes(Type, size));
}

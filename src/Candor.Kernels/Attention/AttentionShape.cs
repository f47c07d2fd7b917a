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

/// <summary>Keys and values of one layer and one sequence: rows of [kvHeads, size], one a position.</summary>
/// <param name="Keys">First byte of the keys.</param>
/// <param name="Values">First byte of the values.</param>
/// <param name="Type">How they are held; one that <see cref="CacheRows.CanHold"/> accepts.</param>
public readonly unsafe record struct KeyValueRows(nint Keys, nint Values, ElementType Type);

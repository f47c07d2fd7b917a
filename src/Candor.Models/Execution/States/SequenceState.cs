using Candor.Tensors;

namespace Candor.Models;

/// <summary>
/// What a sequence remembers: keys and values of each attention layer, the state of each state-space layer, and how many
/// tokens it has seen. Not thread-safe. Owns its memory.
/// </summary>
public sealed unsafe class SequenceState : IDisposable
{
    private readonly KeyValueCache?[] caches;
    private readonly RecurrentState?[] states;

    internal SequenceState(KeyValueCache?[] caches, RecurrentState?[] states)
    {
        this.caches = caches;
        this.states = states;
    }

    /// <summary>Tokens seen.</summary>
    public int Length { get; internal set; }

    /// <summary>Whether it can be cut back to any earlier length: true where no layer is recurrent.</summary>
    public bool CanTruncate => states.All(s => s is null);

    /// <summary>Bytes of memory held.</summary>
    public long Bytes => caches.Sum(c => c?.Bytes ?? 0) + states.Sum(s => s?.Bytes ?? 0);

    /// <summary>Forgets the tokens from <paramref name="length"/> on.</summary>
    /// <param name="length">0 to <see cref="Length"/>.</param>
    /// <exception cref="InvalidOperationException">A recurrent state cannot go back, except to 0.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        if (length == Length) return;
        if (length > 0 && !CanTruncate) throw new InvalidOperationException("a recurrent state cannot be cut back");
        foreach (RecurrentState? state in states) state?.Clear();
        Length = length;
    }

    /// <summary>An independent copy.</summary>
    public SequenceState Fork() => new(
        [.. caches.Select(c => c?.Copy(Length))],
        [.. states.Select(s => s?.Copy())]) { Length = Length };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (KeyValueCache? cache in caches) cache?.Dispose();
        foreach (RecurrentState? state in states) state?.Dispose();
    }

    /// <summary>All that it remembers; it must have seen a token.</summary>
    internal IEnumerable<StatePart> Parts()
    {
        for (int i = 0; i < caches.Length; i++)
        {
            string name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"layer.{i}");
            if (caches[i] is { } cache)
                foreach (StatePart part in cache.Parts(name, Length)) yield return part;
            if (states[i] is { } state) yield return state.Part(name);
        }
    }

    internal KeyValueCache Cache(int layer) => caches[layer]!;

    internal RecurrentState Recurrent(int layer) => states[layer]!;

    internal void Reserve(int length)
    {
        foreach (KeyValueCache? cache in caches) cache?.Reserve(length, Length);
    }
}

namespace Candor.Models;

/// <summary>Consecutive tokens of one sequence inside a <see cref="Batch"/>.</summary>
/// <param name="State">What the sequence remembers.</param>
/// <param name="Begin">Its first row in the batch.</param>
/// <param name="Count">Its rows.</param>
/// <param name="Past">Tokens that the sequence had seen before.</param>
/// <param name="Total">Length of the sequence that frequencies depending on it (dynamic and long rope) are chosen for.</param>
/// <param name="Adapter">The adapter that its tokens go through, or null.</param>
public readonly record struct BatchSlice(SequenceState State, int Begin, int Count, int Past, int Total, LoraAdapter? Adapter = null);

/// <summary>
/// The tokens of one run of a <see cref="Plan"/>: slices of any number of sequences, one after another. Reusable; not
/// thread-safe. Each sequence may occur once.
/// </summary>
public sealed class Batch
{
    private readonly List<int> tokens = [];
    private readonly List<int> types = [];
    private readonly List<int> positions = [];
    private readonly List<BatchSlice> slices = [];
    private readonly List<int> outputs = [];

    /// <summary>Token ids, all slices.</summary>
    public IReadOnlyList<int> Tokens => tokens;

    /// <summary>Slices, in order.</summary>
    public IReadOnlyList<BatchSlice> Slices => slices;

    /// <summary>Rows whose logits are wanted.</summary>
    public IReadOnlyList<int> Outputs => outputs;

    /// <summary>Rows.</summary>
    public int Count => tokens.Count;

    internal List<int> TokenList => tokens;

    internal List<int> TypeList => types;

    internal List<int> PositionList => positions;

    internal List<BatchSlice> SliceList => slices;

    internal List<int> OutputList => outputs;

    internal bool HasAdapters { get; private set; }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        tokens.Clear();
        types.Clear();
        positions.Clear();
        slices.Clear();
        outputs.Clear();
        HasAdapters = false;
    }

    /// <summary>Adds tokens of a sequence.</summary>
    /// <param name="state">What the sequence remembers; its length grows when the batch is run.</param>
    /// <param name="ids">Token ids, one or more.</param>
    /// <param name="output">Which logits are wanted.</param>
    /// <param name="total">Length to choose length-dependent rope for; 0 (default): as far as these tokens.</param>
    /// <param name="tokenTypes">Token types (BERT), or empty for 0.</param>
    /// <param name="adapter">The adapter that the tokens go through, of the plan that the batch will run on; null for none.</param>
    public void Add(SequenceState state, ReadOnlySpan<int> ids, BatchOutput output = BatchOutput.Last, int total = 0, ReadOnlySpan<int> tokenTypes = default, LoraAdapter? adapter = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ids.Length);
        foreach (BatchSlice other in slices)
            if (ReferenceEquals(other.State, state)) throw new ArgumentException("a sequence may be in a batch once", nameof(state));
        int begin = tokens.Count;
        slices.Add(new BatchSlice(state, begin, ids.Length, state.Length, Math.Max(total, state.Length + ids.Length), adapter));
        HasAdapters |= adapter is not null;
        for (int i = 0; i < ids.Length; i++)
        {
            tokens.Add(ids[i]);
            types.Add(tokenTypes.IsEmpty ? 0 : tokenTypes[i]);
            positions.Add(state.Length + i);
            if (output == BatchOutput.All || (output == BatchOutput.Last && i == ids.Length - 1)) outputs.Add(begin + i);
        }
    }
}

/// <summary>Which rows of a slice give logits.</summary>
public enum BatchOutput
{
    /// <summary>None.</summary>
    None,
    /// <summary>The last one.</summary>
    Last,
    /// <summary>All.</summary>
    All,
}

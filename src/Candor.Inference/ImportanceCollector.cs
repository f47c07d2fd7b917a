using System.Numerics.Tensors;
using Candor.Formats;
using Candor.Inference.Sampling;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Inference;

/// <summary>
/// Measures an importance matrix: runs a model over a text and sums the squares of what each weight matrix is multiplied with.
/// Not thread-safe.
/// </summary>
public sealed class ImportanceCollector : PlanHook
{
    private readonly Dictionary<string, List<Sums?>> tensors = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool WantsInputs => true;

    /// <inheritdoc/>
    public override bool Wants(TapPoint point) => false;

    /// <inheritdoc/>
    public override void OnTap(TapPoint point, Batch batch, TapValues values)
    {
    }

    /// <inheritdoc/>
    public override void OnInput(WeightMatrix weight, TapValues input)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Name.Length == 0) return;
        if (!tensors.TryGetValue(weight.Name, out List<Sums?>? slices)) tensors[weight.Name] = slices = [];
        while (slices.Count <= weight.Slice) slices.Add(null);
        Sums sums = slices[weight.Slice] ??= new Sums(new double[input.Width]);
        for (int r = 0; r < input.Rows; r++)
        {
            ReadOnlySpan<float> row = input[r];
            for (int i = 0; i < row.Length; i++) sums.Squares[i] += (double)row[i] * row[i];
        }

        sums.Rows += input.Rows;
    }

    /// <summary>Runs the model over a text in pieces, each from an empty context.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">The text's tokens.</param>
    /// <param name="pieceTokens">Tokens of a piece, 2 or more; a last one that is shorter is left out unless it is the only one.</param>
    /// <param name="dataset">What the text is called.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <returns>The matrix; only matrices that were used are in it.</returns>
    /// <exception cref="ModelInputException">There are fewer than two tokens.</exception>
    /// <exception cref="NumericException">The model gave numbers that are not finite.</exception>
    public static ImportanceMatrix Measure(LanguageModel model, ReadOnlySpan<int> ids, int pieceTokens, string dataset, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(pieceTokens, 2);
        if (ids.Length < 2) throw new ModelInputException($"{ids.Length} tokens: at least two are needed");
        var collector = new ImportanceCollector();
        int pieces = Math.Max(1, ids.Length / pieceTokens);
        for (int i = 0; i < pieces; i++)
        {
            ReadOnlySpan<int> piece = ids.Slice(i * pieceTokens, Math.Min(pieceTokens, ids.Length - i * pieceTokens));
            using Session session = model.CreateSession();
            session.Prepare(piece.Length);
            for (int begin = 0; begin < piece.Length; begin += Plan.PreferredRows)
                session.Advance(piece.Slice(begin, Math.Min(Plan.PreferredRows, piece.Length - begin)), BatchOutput.All, collector, cancellationToken);
            progress?.Report((i + 1.0) / pieces);
        }

        return collector.Matrix(dataset, pieces, pieceTokens);
    }

    private ImportanceMatrix Matrix(string dataset, int pieces, int pieceTokens)
    {
        var entries = new Dictionary<string, ImportanceEntry>(StringComparer.Ordinal);
        foreach ((string name, List<Sums?> slices) in tensors)
        {
            int columns = slices.First(s => s is not null)!.Squares.Length;
            var sums = new float[slices.Count * columns];
            for (int s = 0; s < slices.Count; s++)
                if (slices[s] is { } seen) TensorPrimitives.ConvertTruncating<double, float>(seen.Squares, sums.AsSpan(s * columns, columns));
            if (sums.Any(v => !float.IsFinite(v))) throw new NumericException($"{name}: the inputs of this matrix are not finite");
            entries[name] = new ImportanceEntry(sums, [.. slices.Select(s => (float)(s?.Rows ?? 0))]);
        }

        return new ImportanceMatrix(entries, [dataset], pieces, pieceTokens);
    }

    private sealed class Sums(double[] squares)
    {
        public double[] Squares => squares;

        public long Rows { get; set; }
    }
}

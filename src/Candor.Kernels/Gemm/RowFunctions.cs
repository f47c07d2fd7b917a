namespace Candor.Kernels.Gemms;

/// <summary>The functions of <see cref="RowTileCode"/> for tiles of a width, each assembled when it is first asked for. Thread-safe.</summary>
/// <param name="vectors">Vectors of 16 columns.</param>
/// <param name="pairs">Whether they are for pairs of bfloat16.</param>
internal sealed class RowFunctions(int vectors, bool pairs)
{
    private readonly Lazy<nint>[] byRows = [.. Enumerable.Range(1, RowTileCode.MostRows).Select(rows => new Lazy<nint>(() => RowTileCode.Make(rows, vectors, pairs)))];

    /// <summary>The function for some rows, or 0.</summary>
    public nint this[int rows] => byRows[rows - 1].Value;
}

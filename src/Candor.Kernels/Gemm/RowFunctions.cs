namespace Candor.Kernels.Gemms;

/// <summary>The functions of <see cref="RowTileCode"/> for tiles of a width, each assembled when it is first asked for. Thread-safe.</summary>
/// <param name="vectors">Vectors of 16 columns.</param>
/// <param name="pairs">Whether they are for pairs of bfloat16.</param>
internal sealed class RowFunctions(int vectors, bool pairs)
{
    private readonly nint whole = RowTileCode.Make(RowTileCode.MostRows, vectors, pairs);
    private readonly Lazy<nint>[] byRows = [.. Enumerable.Range(1, RowTileCode.MostRows - 1).Select(rows => new Lazy<nint>(() => RowTileCode.Make(rows, vectors, pairs)))];

    /// <summary>The most rows that there is a function for: 0 where the processor runs none.</summary>
    public int MostRows => whole == 0 ? 0 : RowTileCode.MostRows;

    /// <summary>The function for some rows, or 0.</summary>
    public nint this[int rows] => rows == RowTileCode.MostRows ? whole : byRows[rows - 1].Value;
}

namespace Candor.Kernels.Gemms;

/// <summary>The innermost loop of a matrix product for one instruction set: a tile of the result stays in registers.</summary>
internal unsafe interface IGemmKernel
{
    /// <summary>Rows of a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>What the packed matrices hold.</summary>
    static abstract Packing Packing { get; }

    /// <summary>c = alpha · a · b, or that is added to c.</summary>
    /// <param name="k">Cells along the sum.</param>
    /// <param name="a">Packed, [k, Rows].</param>
    /// <param name="b">Packed, [k, Columns].</param>
    /// <param name="c">A tile of the result.</param>
    /// <param name="stride">Elements between its rows.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    static abstract void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add);

    /// <summary>
    /// The function of <see cref="RowTileCode"/> that makes the sums of such a tile, or of the first rows of one, from rows of cells of the left matrix; 0 where
    /// there is none.
    /// </summary>
    /// <param name="rows">Rows, 1 to <see cref="RowTileCode.MostRows"/>.</param>
    static virtual nint RowFunction(int rows) => 0;
}

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

    /// <summary>Cells along the sum that it takes together: packed matrices are filled up with zeros to a multiple of them.</summary>
    static virtual int CellsTogether => 1;

    /// <summary>Cells along the sum between which its tiles of the result go back to memory.</summary>
    static virtual int CellsOfBlock => 256;

    /// <summary>The most rows that <see cref="RunRows"/> takes; 0 where there is no such function.</summary>
    static virtual int RowsAtOnce => 0;

    /// <summary>Whether a left matrix whose rows lie side by side is worth turning for <see cref="RunRows"/>.</summary>
    static virtual bool TurnsLeft => false;

    /// <summary>c = alpha · (a · b + joined · what follows b), or that is added to c; the left matrices lie in rows of cells.</summary>
    /// <param name="rows">Rows, 1 to <see cref="RowsAtOnce"/>.</param>
    /// <param name="a">Rows of the left matrix.</param>
    /// <param name="joined">Rows of a second one, of no steps where there is none.</param>
    /// <param name="b">Packed, [steps of both, Columns].</param>
    /// <param name="c">A tile of the result.</param>
    /// <param name="stride">Elements between its rows.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    static virtual void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        throw new InvalidOperationException("this kernel takes packed matrices only");
}

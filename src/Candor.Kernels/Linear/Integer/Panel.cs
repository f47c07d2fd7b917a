namespace Candor.Kernels.Integer;

/// <summary>
/// A few rows of a weight over some columns, laid out for vectors that hold one row a 32-bit lane: codes
/// <c>[columns / 4, width, 4]</c>, scales and offsets <c>[columns / group, width]</c>. Rows beyond the weight's last repeat it.
/// </summary>
internal unsafe struct Panel
{
    /// <summary>Most columns that a panel covers: with them it stays in the first-level cache.</summary>
    public const int MostColumns = 2048;

    public byte* Codes;
    public float* Scales;

    /// <summary>Null where codes are signed and no type minimum stands beside them.</summary>
    public float* Offsets;

    /// <summary>Columns covered: a multiple of 32.</summary>
    public int Columns;

    /// <summary>Elements that share a scale: 16 or 32.</summary>
    public int Group;

    public CodeRange Range;
}

/// <summary>Where the product of a panel goes: <c>[tokens, width]</c>, of which the first <see cref="Rows"/> columns are kept.</summary>
internal unsafe struct PanelOutput
{
    public float* Output;
    public nint Stride;
    public int Rows;
    public float Scale;

    /// <summary>Added to each token, or null.</summary>
    public float* Bias;

    /// <summary>Whether to add to what is there.</summary>
    public bool Accumulate;
}

namespace Candor.Kernels.Integer;

/// <summary>
/// Where things stand in a group of <see cref="ActivationBlocks"/>: planes of codes <c>[8, tokens, 4]</c>, then a number for each token: the
/// scale; −128 times the sum of the integers, and the same of their first and of their last 16 (32-bit integers); the sum of what they
/// mean, and again of the halves.
/// </summary>
/// <param name="Tokens">Tokens side by side.</param>
/// <param name="Planes">1 for integers of 8 bits; 2 for 16, as 256 · high + low.</param>
internal readonly record struct BlockLayout(int Tokens, int Planes)
{
    /// <summary>Bytes of a plane.</summary>
    public int PlaneBytes => 8 * Row;

    /// <summary>Bytes of a group.</summary>
    public int GroupBytes => (Planes * PlaneBytes) + (7 * Row);

    /// <summary>Where the scales stand.</summary>
    public int Scales => Planes * PlaneBytes;

    private int Row => Tokens * sizeof(int);

    /// <summary>Where −128 times the sums stand.</summary>
    /// <param name="part">0: of all 32; 1: of the first 16; 2: of the last 16.</param>
    public int Zeros(int part) => Scales + ((1 + part) * Row);

    /// <summary>Where the sums of what the integers mean stand, as in <see cref="Zeros"/>.</summary>
    public int Sums(int part) => Scales + ((4 + part) * Row);
}

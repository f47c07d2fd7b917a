using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>Tables of levels in rising order, as the searches want them; they live as long as the process.</summary>
internal static unsafe class LevelTables
{
    /// <summary>The sixteen levels of IQ4_NL and IQ4_XS, as they are indexed.</summary>
    internal static readonly TableLevels NonLinear = Of(Iq4Scalar.NonLinear);

    /// <summary>The fifteen levels of E2M1, doubled.</summary>
    internal static readonly TableLevels Fp4 = Of([-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12]);

    /// <summary>The two levels of Q1_0.</summary>
    internal static readonly TableLevels Sign = Of([-1, 1]);

    private static TableLevels Of(ReadOnlySpan<sbyte> levels)
    {
        var table = (float*)NativeMemory.Alloc((nuint)levels.Length, sizeof(float));
        for (int i = 0; i < levels.Length; i++) table[i] = levels[i];
        return new TableLevels(table, levels.Length);
    }
}

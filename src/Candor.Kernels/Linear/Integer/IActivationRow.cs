using System.Runtime.Intrinsics;
using Candor.Kernels.Formats;

namespace Candor.Kernels.Integer;

/// <summary>
/// One row of rounded activations, as the kernels for one weight row see it. Its methods are inlined into the kernels that
/// take the form as a type argument, so that each width of activations gets its own.
/// </summary>
internal unsafe interface IActivationRow
{
    /// <summary>What every 16 activations add up to.</summary>
    float* Sums16 { get; }

    /// <summary>What every 32 activations add up to.</summary>
    float* Sums32 { get; }

    /// <summary>Scales of four groups of 32 columns times those activation scales that hold for 32 or more.</summary>
    /// <param name="scales">The weights' scales.</param>
    /// <param name="column">The first column, a multiple of 32.</param>
    Vector128<float> Coarse(Vector128<float> scales, nint column);

    /// <summary>As <see cref="Coarse(Vector128{float}, nint)"/>, of one group of 32.</summary>
    Vector256<float> Coarse(Vector256<float> scale, nint column);

    /// <summary>sum + scale · finer activation scales · the products of 32 columns, added up within lanes, with AVX2.</summary>
    /// <param name="block">A block of weights.</param>
    /// <param name="part">Which 32 codes of it.</param>
    /// <param name="column">Their column, a multiple of 32.</param>
    /// <param name="scale">The scale for each lane, from <see cref="Coarse(Vector256{float}, nint)"/>; where 16 codes share one, the first 16 have the lower four lanes.</param>
    /// <param name="sum">The sum so far.</param>
    Vector256<float> Products<T>(byte* block, int part, nint column, Vector256<float> scale, Vector256<float> sum) where T : struct, IBlockFormat;

    /// <summary>As <see cref="Products{T}"/>, of 32 signed codes, of which 16 share a scale.</summary>
    Vector256<float> Products(Vector256<sbyte> codes, nint column, Vector256<float> scale, Vector256<float> sum);

    /// <summary>The products of 16 columns with signed codes: the reference.</summary>
    /// <param name="codes">16 codes.</param>
    /// <param name="column">The first column, a multiple of 16.</param>
    float Products16(sbyte* codes, int column);
}

/// <summary>Rows of rounded activations.</summary>
internal interface IActivationForm<TRow> : IDisposable where TRow : struct, IActivationRow
{
    /// <summary>The row of a token.</summary>
    TRow Row(int token);

    /// <summary>Rounds a row of values into the row of a token.</summary>
    unsafe void Round(float* values, int columns, int token);
}

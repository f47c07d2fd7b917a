using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Floats;

/// <summary>
/// Float32 weight rows times float32 activation rows, in tiles of four rows and three tokens whose sums stay in registers. A token's sums
/// are formed in the same order whether it is in a tile or alone.
/// </summary>
internal static unsafe class FloatKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 4;

    private const int TileTokens = 3;

    /// <summary>results[t, r] = rows[r] · x[t].</summary>
    /// <param name="rows">First elements of up to <see cref="TileRows"/> rows.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="x">Activations, [tokens, columns].</param>
    /// <param name="columns">Columns.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="results">[tokens, <see cref="TileRows"/>].</param>
    public static void Multiply(float** rows, int rowCount, float* x, int columns, int tokens, float* results)
    {
        int t = 0;
        if (Vector256.IsHardwareAccelerated && rowCount == TileRows)
        {
            for (; t + TileTokens <= tokens; t += TileTokens) Tile(rows, x + ((nint)t * columns), columns, results + (t * TileRows));
            for (; t < tokens; t++) Single(rows, x + ((nint)t * columns), columns, results + (t * TileRows));
        }

        for (; t < tokens; t++)
            for (int r = 0; r < rowCount; r++) results[(t * TileRows) + r] = VectorMath.Dot(rows[r], x + ((nint)t * columns), columns);
    }

    /// <summary>As <see cref="Multiply"/>, with sums in float64.</summary>
    public static void MultiplyExact(float** rows, int rowCount, float* x, int columns, int tokens, float* results)
    {
        for (int t = 0; t < tokens; t++)
            for (int r = 0; r < rowCount; r++) results[(t * TileRows) + r] = VectorMath.ExactDot(rows[r], x + ((nint)t * columns), columns);
    }

    private static void Tile(float** rows, float* x, int n, float* results)
    {
        float* w0 = rows[0], w1 = rows[1], w2 = rows[2], w3 = rows[3], x1 = x + n, x2 = x1 + n;
        Vector256<float> a00 = default, a01 = default, a02 = default, a10 = default, a11 = default, a12 = default;
        Vector256<float> a20 = default, a21 = default, a22 = default, a30 = default, a31 = default, a32 = default;
        int i = 0;
        for (; i + 8 <= n; i += 8)
        {
            Vector256<float> t0 = Vector256.Load(x + i), t1 = Vector256.Load(x1 + i), t2 = Vector256.Load(x2 + i);
            Vector256<float> w = Vector256.Load(w0 + i);
            a00 = VectorMath.MultiplyAdd(w, t0, a00);
            a01 = VectorMath.MultiplyAdd(w, t1, a01);
            a02 = VectorMath.MultiplyAdd(w, t2, a02);
            w = Vector256.Load(w1 + i);
            a10 = VectorMath.MultiplyAdd(w, t0, a10);
            a11 = VectorMath.MultiplyAdd(w, t1, a11);
            a12 = VectorMath.MultiplyAdd(w, t2, a12);
            w = Vector256.Load(w2 + i);
            a20 = VectorMath.MultiplyAdd(w, t0, a20);
            a21 = VectorMath.MultiplyAdd(w, t1, a21);
            a22 = VectorMath.MultiplyAdd(w, t2, a22);
            w = Vector256.Load(w3 + i);
            a30 = VectorMath.MultiplyAdd(w, t0, a30);
            a31 = VectorMath.MultiplyAdd(w, t1, a31);
            a32 = VectorMath.MultiplyAdd(w, t2, a32);
        }

        Sums(a00, a10, a20, a30, results);
        Sums(a01, a11, a21, a31, results + TileRows);
        Sums(a02, a12, a22, a32, results + (2 * TileRows));
        for (; i < n; i++)
        {
            for (int r = 0; r < TileRows; r++)
            {
                results[r] += rows[r][i] * x[i];
                results[TileRows + r] += rows[r][i] * x1[i];
                results[(2 * TileRows) + r] += rows[r][i] * x2[i];
            }
        }
    }

    private static void Single(float** rows, float* x, int n, float* results)
    {
        float* w0 = rows[0], w1 = rows[1], w2 = rows[2], w3 = rows[3];
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        int i = 0;
        for (; i + 8 <= n; i += 8)
        {
            Vector256<float> v = Vector256.Load(x + i);
            a0 = VectorMath.MultiplyAdd(Vector256.Load(w0 + i), v, a0);
            a1 = VectorMath.MultiplyAdd(Vector256.Load(w1 + i), v, a1);
            a2 = VectorMath.MultiplyAdd(Vector256.Load(w2 + i), v, a2);
            a3 = VectorMath.MultiplyAdd(Vector256.Load(w3 + i), v, a3);
        }

        Sums(a0, a1, a2, a3, results);
        for (; i < n; i++)
            for (int r = 0; r < TileRows; r++) results[r] += rows[r][i] * x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* results)
    {
        results[0] = VectorMath.Sum(a);
        results[1] = VectorMath.Sum(b);
        results[2] = VectorMath.Sum(c);
        results[3] = VectorMath.Sum(d);
    }
}

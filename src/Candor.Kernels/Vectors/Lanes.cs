using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>A function of each lane of one or two vectors.</summary>
internal interface ILaneFunction
{
    /// <summary>The results.</summary>
    /// <param name="x">The first numbers.</param>
    /// <param name="y">The second numbers; the first again where a function has one operand.</param>
    Vector512<float> Of(Vector512<float> x, Vector512<float> y);
}

/// <summary>Functions of rows, sixteen numbers at once. A number gets the same result wherever it stands.</summary>
internal static unsafe class Lanes
{
    /// <summary>Numbers of a vector.</summary>
    public const int Count = 16;

    /// <summary>results ← f(x, y).</summary>
    /// <param name="x">[n].</param>
    /// <param name="y">[n].</param>
    /// <param name="results">[n]; may be x or y.</param>
    /// <param name="n">How many.</param>
    /// <param name="f">The function.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<TFunction>(float* x, float* y, float* results, int n, TFunction f) where TFunction : struct, ILaneFunction
    {
        int i = 0;
        for (; i + Count <= n; i += Count) f.Of(Vector512.Load(x + i), Vector512.Load(y + i)).Store(results + i);
        if (i == n) return;

        float* rest = stackalloc float[2 * Count];
        new Span<float>(rest, 2 * Count).Clear();
        new ReadOnlySpan<float>(x + i, n - i).CopyTo(new Span<float>(rest, Count));
        new ReadOnlySpan<float>(y + i, n - i).CopyTo(new Span<float>(rest + Count, Count));
        f.Of(Vector512.Load(rest), Vector512.Load(rest + Count)).Store(rest);
        new ReadOnlySpan<float>(rest, n - i).CopyTo(new Span<float>(results + i, n - i));
    }
}

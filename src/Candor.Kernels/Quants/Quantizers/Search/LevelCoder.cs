using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Quants;

/// <summary>Groups whose every value takes the nearest of a type's levels.</summary>
/// <typeparam name="TLevels">The levels.</typeparam>
/// <param name="block">The block, of which groups are consecutive.</param>
/// <param name="levels">The levels.</param>
/// <param name="groups">How many groups.</param>
/// <param name="size">Elements of a group, a multiple of eight.</param>
internal readonly unsafe struct LevelCoder<TLevels>(SearchBlock block, TLevels levels, int groups, int size) : IGroupCoder
    where TLevels : struct, ILevels
{
    public int Groups => groups;

    public float TopLevel => levels.Top;

    public float Spacing => levels.Spacing;

    public float Largest(int group) => MathF.Abs(BlockExtremes.Largest(block.Values + group * size, size));

    public bool IsOneSided(int group)
    {
        (float least, float most) = BlockExtremes.Range(block.Values + group * size, size);
        return least > 0 || most < 0;
    }

    public GroupFit At(int group, float scale)
    {
        float* values = block.Values + group * size, weights = block.Weights + group * size;
        Vector256<float> step = Vector256.Create(scale), inverse = Vector256.Create(BlockExtremes.Inverse(scale));
        Vector256<float> error = default, product = default, square = default;
        for (int i = 0; i < size; i += 8)
        {
            Vector256<float> x = Vector256.Load(values + i), w = Vector256.Load(weights + i);
            Vector256<float> level = levels.Nearest(x * inverse);
            Vector256<float> miss = x - step * level, weighted = w * level;
            error += w * miss * miss;
            product += weighted * x;
            square += weighted * level;
        }

        return new GroupFit(Lanes.Sum(error), Lanes.Sum(product), Lanes.Sum(square));
    }

    /// <summary>The index of each value's level, from 0.</summary>
    public void Codes(int group, float scale, Span<byte> codes)
    {
        float* values = block.Values + group * size;
        Vector256<float> inverse = Vector256.Create(BlockExtremes.Inverse(scale));
        for (int i = 0; i < size; i += 8)
        {
            Vector256<float> level = levels.Nearest(Vector256.Load(values + i) * inverse);
            for (int lane = 0; lane < 8; lane++) codes[i + lane] = levels.Index(level[lane]);
        }
    }
}

/// <summary>The levels that a code can stand for.</summary>
internal interface ILevels
{
    /// <summary>The greatest magnitude.</summary>
    float Top { get; }

    /// <summary>The distance of the outermost level from the next.</summary>
    float Spacing { get; }

    /// <summary>The level nearest to each value.</summary>
    Vector256<float> Nearest(Vector256<float> values);

    /// <summary>The index of a level.</summary>
    byte Index(float level);
}

/// <summary>All whole numbers of a range.</summary>
internal readonly struct WholeLevels(int least, int most) : ILevels
{
    public float Top => Math.Max(-least, most);

    public float Spacing => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Nearest(Vector256<float> values) =>
        Vector256.Round(Lanes.Clamp(values, Vector256.Create((float)least), Vector256.Create((float)most)));

    public byte Index(float level) => (byte)((int)level - least);
}

/// <summary>A table of levels in rising order.</summary>
internal readonly unsafe struct TableLevels(float* levels, int count) : ILevels
{
    public float Top => MathF.Max(MathF.Abs(levels[0]), levels[count - 1]);

    public float Spacing => levels[count - 1] - levels[count - 2];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Nearest(Vector256<float> values)
    {
        Vector256<float> level = Vector256.Create(levels[0]);
        for (int i = 1; i < count; i++)
        {
            Vector256<float> above = Vector256.GreaterThan(values, Vector256.Create((levels[i - 1] + levels[i]) / 2));
            level = Vector256.ConditionalSelect(above, Vector256.Create(levels[i]), level);
        }

        return level;
    }

    public byte Index(float level) => (byte)new ReadOnlySpan<float>(levels, count).IndexOf(level);
}

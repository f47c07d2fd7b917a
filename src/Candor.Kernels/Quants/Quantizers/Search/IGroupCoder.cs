namespace Candor.Kernels.Quants;

/// <summary>What the best codes of a group give at a scale.</summary>
/// <param name="Error">Weighted squared error, but for a constant of the group.</param>
/// <param name="Product">Sum of weight, value and level.</param>
/// <param name="Square">Sum of weight and squared level.</param>
internal readonly record struct GroupFit(double Error, double Product, double Square);

/// <summary>Groups of values whose codes follow from a scale alone: what <see cref="ScaleSearch"/> tries scales on.</summary>
internal interface IGroupCoder
{
    /// <summary>Groups in the block.</summary>
    int Groups { get; }

    /// <summary>The greatest level: a scale of 1 reaches that far.</summary>
    float TopLevel { get; }

    /// <summary>About how far the outermost levels lie apart.</summary>
    float Spacing { get; }

    /// <summary>The largest magnitude in a group.</summary>
    float Largest(int group);

    /// <summary>Whether a group's values and their levels all have one sign.</summary>
    bool IsOneSided(int group);

    /// <summary>The best codes of a group at a scale.</summary>
    GroupFit At(int group, float scale);
}

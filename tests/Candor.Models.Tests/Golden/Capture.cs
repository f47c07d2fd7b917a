using Candor.Models;

namespace Candor.Models.Tests.Golden;

/// <summary>A hook that copies what passes its points.</summary>
internal sealed class Capture(params TapKind[] kinds) : PlanHook
{
    public Dictionary<TapPoint, float[][]> Seen { get; } = [];

    public override bool Wants(TapPoint point) => kinds.Contains(point.Kind);

    public override void OnTap(TapPoint point, Batch batch, TapValues values)
    {
        var rows = new float[values.Rows][];
        for (int r = 0; r < rows.Length; r++) rows[r] = values[r].ToArray();
        Seen[point] = rows;
    }

    public float[] Flat(TapKind kind, int layer) => [.. Seen[new TapPoint(kind, layer)].SelectMany(r => r)];
}

using Candor.Training;
using ScottPlot;

namespace Candor.Cli.Plots;

/// <summary>The curves of a run: <c>loss.png</c> and <c>loss.svg</c> in its folder.</summary>
internal static class RunPlot
{
    private const int Width = 1000, Height = 500;

    /// <summary>Draws the log of a folder; nothing where it has no steps.</summary>
    public static void Write(string folder)
    {
        IReadOnlyList<StepMetrics> log = StepMetrics.Read(Path.Combine(folder, "metrics.jsonl"));
        if (log.Count == 0) return;
        using Plot plot = Draw(log);
        plot.SavePng(Path.Combine(folder, "loss.png"), Width, Height);
        plot.SaveSvg(Path.Combine(folder, "loss.svg"), Width, Height);
    }

    private static Plot Draw(IReadOnlyList<StepMetrics> log)
    {
        var plot = new Plot();
        plot.Title("Training");
        plot.XLabel("step");
        bool rewarded = log.Any(m => m.Values.ContainsKey("reward"));
        string name = rewarded ? "reward" : "loss";
        plot.YLabel(name);
        (double[] steps, double[] values) = Series(log, name);
        var each = plot.Add.ScatterLine(steps, values);
        each.Color = Colors.SteelBlue.WithAlpha(0.35);
        each.LineWidth = 1;
        each.LegendText = $"{name} of each step";
        var smooth = plot.Add.ScatterLine(steps, Smooth(values));
        smooth.Color = Colors.SteelBlue;
        smooth.LineWidth = 2;
        smooth.LegendText = $"{name}, smoothed";
        (double[] measured, double[] bits) = Series(log, "valid_bits_per_byte");
        if (bits.Length > 0)
        {
            var valid = plot.Add.Scatter(measured, bits);
            valid.Color = Colors.DarkOrange;
            valid.LineWidth = 2;
            valid.LegendText = "validation";
            valid.Axes.YAxis = plot.Axes.Right;
            plot.Axes.Right.Label.Text = "validation, bits per byte";
        }

        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static (double[] Steps, double[] Values) Series(IReadOnlyList<StepMetrics> log, string name)
    {
        StepMetrics[] found = [.. log.Where(m => m.Values.ContainsKey(name))];
        return ([.. found.Select(m => (double)m.Step)], [.. found.Select(m => m.Values[name])]);
    }

    /// <summary>The mean of each step and a hundredth of the run on either side, so that the curve does not lag.</summary>
    private static double[] Smooth(double[] values)
    {
        int side = values.Length / 100;
        return [.. values.Select((_, i) =>
        {
            int reach = Math.Min(side, Math.Min(i, values.Length - 1 - i));
            return values.AsSpan(i - reach, (2 * reach) + 1).ToArray().Average();
        })];
    }
}
